use workflow_core::__private::{Run, RunToken, Spec};
use workflow_core::{Result, Workflow};

struct Cheat;

static KEPT: std::sync::Mutex<Option<RunToken<'static>>> = std::sync::Mutex::new(None);

impl Workflow for Cheat {
    type Input = ();
    type Output = Result<u64>;
    const SPEC: &'static Spec = &Spec::__new("cheat", None, &[], &[], &[], "", 0, false);

    fn run<'run>(token: RunToken<'run>, (): ()) -> Run<'run, Self::Output> {
        *KEPT.lock().expect("not poisoned") = Some(token);
        Run::new(async move { std::future::pending().await })
    }
}

fn main() {}
