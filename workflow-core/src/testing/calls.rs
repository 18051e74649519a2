//! What fakes were asked to do, and by which step.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::scope::current_step;

/// Said of a call that no step made.
pub(super) const OUTSIDE: &str = "outside of every step";

/// What a fake was asked to do, in order: one value that its clones share.
///
/// Each call is kept with the step that made it. Its `Debug` form is what the world outside has
/// come to where it deduplicates by [`idempotency_key`](crate::idempotency_key), as a real
/// service would: a call that a step makes again, because the process died while it was
/// executing, counts once; a call that is made outside of every step counts each time. That is
/// what [`TestEngine::observe`](super::TestEngine::observe) is to compare.
///
/// A call is attributed to the step whose future is polled at that moment. One that is made by a
/// task that the step spawned counts as outside.
///
/// ```
/// use workflow_core::testing::Calls;
/// let calls = Calls::new();
/// calls.record("mail");
/// calls.record("mail");
/// assert_eq!(calls.count("mail"), 2);
/// assert_eq!(format!("{calls:?}"), "[\"mail\" 2 times, outside of every step]");
/// ```
#[derive(Clone, Default)]
pub struct Calls {
    calls: Arc<Mutex<Vec<Call>>>,
}

/// One call of a fake.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Call {
    /// What was asked.
    pub what: String,
    /// The step that asked, as in `ship[42]`; `None` outside of every step.
    pub step: Option<String>,
}

impl Calls {
    /// No calls.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a call.
    pub fn record(&self, what: impl fmt::Display) {
        let what = what.to_string();
        let step = current_step();
        self.lock().push(Call { what, step });
    }

    /// Every call, in order.
    pub fn all(&self) -> Vec<Call> {
        self.lock().clone()
    }

    /// How often this was asked, by whichever step.
    pub fn count(&self, what: &str) -> usize {
        self.lock().iter().filter(|call| call.what == what).count()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Call>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut counts: BTreeMap<Call, usize> = BTreeMap::new();
        for call in self.all() {
            *counts.entry(call).or_default() += 1;
        }
        let told = counts.iter().map(|(call, count)| match &call.step {
            Some(step) => format!("{:?} in step `{step}`", call.what),
            None if *count == 1 => format!("{:?} {OUTSIDE}", call.what),
            None => format!("{:?} {count} times, {OUTSIDE}", call.what),
        });
        let told: Vec<_> = told.collect();
        write!(f, "[{}]", told.join("; "))
    }
}
