//! Whether the body that runs now repeats what it did before.

use std::cell::Cell;

thread_local! {
    static REPLAYING: Cell<bool> = const { Cell::new(false) };
}

/// Runs `poll` as a repetition, or not.
pub(crate) fn during<R>(replaying: bool, poll: impl FnOnce() -> R) -> R {
    /// Puts the former state back, also when `poll` panics.
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            REPLAYING.set(self.0);
        }
    }
    let _restore = Restore(REPLAYING.replace(replaying));
    poll()
}

/// Whether the workflow's body that calls this repeats what it did before a restart, or before it
/// was parked.
///
/// Log lines that a body writes are written again in each replay, unless this is asked first.
/// Use it for nothing else: what a workflow *does* must be the same in a replay. False in steps,
/// which are not replayed, and outside of workflows.
///
/// ```
/// # use workflow_core::prelude::*;
/// #[workflow]
/// async fn pay(cents: u64) -> Result<u64> {
///     let paid = step!("charge", async { Ok::<_, Error>(cents) }).await?;
///     if !workflow_core::is_replaying() {
///         println!("{paid} cents are paid");
///     }
///     Ok(paid)
/// }
/// ```
pub fn is_replaying() -> bool {
    REPLAYING.get()
}
