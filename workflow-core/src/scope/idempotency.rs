//! The key that is the same for all attempts of a step.

use std::cell::RefCell;

use crate::id::RunId;
use crate::journal::OperationId;

thread_local! {
    /// The step whose future is being polled on this thread.
    static CURRENT: RefCell<Option<StepKey>> = const { RefCell::new(None) };
}

/// A step of a run, as its idempotency key names it.
#[derive(Clone, Debug)]
pub(super) struct StepKey {
    pub(super) run: RunId,
    pub(super) id: OperationId,
}

impl StepKey {
    /// Runs `poll` with this step as the current one.
    pub(super) fn during<R>(self, poll: impl FnOnce() -> R) -> R {
        /// Puts the former step back, also when `poll` panics.
        struct Restore(Option<StepKey>);
        impl Drop for Restore {
            fn drop(&mut self) {
                CURRENT.set(self.0.take());
            }
        }
        let _restore = Restore(CURRENT.replace(Some(self)));
        poll()
    }
}

/// A key that is the same for all attempts of the step that calls this, and different for all
/// other steps of all runs.
///
/// Give it to the service that the step calls: a step whose process died while it was executing
/// runs again, and the key lets the service see that it is the same request. It is set around
/// each poll of the step's future; take it before you spawn a task.
///
/// # Panics
///
/// Outside of a step.
///
/// ```
/// # use workflow_core::prelude::*;
/// async fn charge(cents: u64) -> Result<String> {
///     let key = workflow_core::idempotency_key();
///     // … send `cents` with `Idempotency-Key: {key}` …
///     Ok(key)
/// }
///
/// #[workflow]
/// async fn pay(cents: u64) -> Result<String> {
///     step!("charge", charge(cents)).await.map_err(Into::into)
/// }
/// ```
pub fn idempotency_key() -> String {
    CURRENT.with_borrow(|current| match current {
        Some(key) => format!("{}/{}", key.run, key.id),
        None => panic!(
            "`idempotency_key()` was called outside of a step's code; call it inside the body \
             of a `step!`, before spawning tasks"
        ),
    })
}

/// The step whose future is being polled on this thread, as its identity reads.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn current_step() -> Option<String> {
    CURRENT.with_borrow(|current| current.as_ref().map(|key| key.id.to_string()))
}
