//! Crashes a workflow at every commit, and looks whether that shows.

mod cause;
mod failure;
mod report;
mod through;

pub use failure::CrashFailure;
pub use report::{Boundary, CrashReport};

use std::fmt;

use super::TestEngine;
use crate::scope::{Call, IntoCall, Workflow};
use crate::store::{Fuse, Moment};
use failure::Problem;
use through::{Through, go_through};

impl TestEngine {
    /// What the world outside has come to, as [`crash_everywhere`](Self::crash_everywhere)
    /// compares it after each run: something of a resource, in its `Debug` form. May be called
    /// for several resources.
    ///
    /// **A step that was executing when the process died runs again**, so count what the world
    /// outside keeps and not how often it was asked: [`Calls`](super::Calls) do.
    #[must_use]
    pub fn observe<T, D>(mut self, look: impl Fn(&T) -> D + Send + Sync + 'static) -> Self
    where
        T: ?Sized + Send + Sync + 'static,
        D: fmt::Debug,
    {
        let observer = move |resources: &crate::resources::Resources| {
            let seen = look(resources.get::<T>());
            format!("{seen:?}")
        };
        self.setup.observers.push(std::sync::Arc::new(observer));
        self
    }

    /// Runs a workflow once, then again for each side of each of its commits with a process that
    /// dies there, and goes on in a second process over what the first one committed.
    ///
    /// Each of these runs has a world of its own (the recipe is called anew), whose resources
    /// survive the crash, as services do. Each of them has to come to the same result; no step
    /// that has its result may run again; the log has to be whole (no gap in `seq`, one start,
    /// one end, no event id twice); a replay of it has to come to the same end; and what
    /// [`observe`](Self::observe) looks at has to be the same.
    ///
    /// What it cannot see: an effect outside of every step on something that nobody observes; a
    /// crash in the middle of a step, unless the step awaits something that takes a commit (the
    /// crash before the commit of a step's result comes to the same: the step has been executed,
    /// and runs again); and what goes wrong only when processes differ, since both of these are
    /// the same code.
    ///
    /// # Panics
    ///
    /// Where a crash shows. The message names the commit, shows both stories side by side, and
    /// says what the cause may be. [`try_crash_everywhere`](Self::try_crash_everywhere) returns
    /// it instead.
    #[track_caller]
    pub fn crash_everywhere<F, M>(
        &self,
        workflow: F,
        input: F::In,
    ) -> impl Future<Output = CrashReport>
    where
        F: IntoCall<M, In: Clone, Value: Send + 'static> + Copy,
    {
        let caller = std::panic::Location::caller();
        async move {
            match self.try_crash_everywhere(workflow, input).await {
                Ok(report) => report,
                Err(failure) => panic!("{caller}: {failure}"),
            }
        }
    }

    /// As [`crash_everywhere`](Self::crash_everywhere), with the failure as a value.
    ///
    /// # Errors
    ///
    /// A crash shows.
    pub async fn try_crash_everywhere<F, M>(
        &self,
        workflow: F,
        input: F::In,
    ) -> Result<CrashReport, CrashFailure>
    where
        F: IntoCall<M, In: Clone, Value: Send + 'static> + Copy,
    {
        let name = <<F::Call as Call>::Workflow as Workflow>::SPEC.name;
        let go = |fuse| go_through(&self.setup, fuse, workflow, input.clone());
        let whole = go(Fuse::default()).await;
        let without_a_crash = |problem| CrashFailure::new(name, None, problem, &whole, &whole);
        if let Some(problem) = whole.wrong.clone() {
            return Err(without_a_crash(problem));
        }
        let mut crashes = 0;
        for commit in 1..=whole.commits {
            for moment in [Moment::Before, Moment::After] {
                let dead = go(Fuse::at(commit, moment)).await;
                crashes += usize::from(dead.crashed_after.is_some());
                if let Some(problem) = problem(&whole, &dead) {
                    let boundary = Boundary::new(commit, moment, &whole);
                    let boundary = Some(boundary);
                    return Err(CrashFailure::new(name, boundary, problem, &whole, &dead));
                }
            }
        }
        if let Some(problem) = whole.wrong_replay.clone() {
            return Err(without_a_crash(problem));
        }
        Ok(CrashReport::new(name, crashes, &whole))
    }
}

/// What a crash changed, if it changed something.
fn problem(whole: &Through, crashed: &Through) -> Option<Problem> {
    if crashed.wrong.is_some() {
        return crashed.wrong.clone();
    }
    if whole.ending != crashed.ending {
        return Some(Problem::Ending {
            without: whole.ending.clone(),
            with: crashed.ending.clone(),
        });
    }
    let mut observed = whole.observed.iter().zip(&crashed.observed);
    match observed.find(|(without, with)| without != with) {
        Some((without, with)) => Some(Problem::Observed {
            without: without.clone(),
            with: with.clone(),
        }),
        None => crashed.wrong_replay.clone(),
    }
}
