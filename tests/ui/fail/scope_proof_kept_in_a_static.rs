use workflow_core::__private::{Finished, Run, RunToken, Spec, TrackerGuard};
use workflow_core::{Result, Workflow};

struct Cheat;

static KEPT: std::sync::Mutex<Option<Finished<'static, Result<u64>>>> = std::sync::Mutex::new(None);

impl Workflow for Cheat {
    type Input = ();
    type Output = Result<u64>;
    const SPEC: &'static Spec = &Spec::__new("cheat", None, &[], &[], &[], "", 0, false);

    fn run<'run>(token: RunToken<'run>, (): ()) -> Run<'run, Self::Output> {
        Run::new(async move {
            if let Some(finished) = KEPT.lock().expect("not poisoned").take() {
                drop(token);
                return finished;
            }
            let guard = TrackerGuard::open(token, Self::SPEC);
            let closed = guard.completed::<Self>(3);
            guard.flush(closed).await
        })
    }
}

fn main() {}
