//! Panics of the user's code as failures that say where they happened.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use workflow_tracker::events::ErrorKind;

use crate::error::{Failure, panic_message};

thread_local! {
    /// Whether the user's code is being run on this thread, as a step or as a body.
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    /// Where the last panic of it happened.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic that was caught.
#[derive(Debug)]
pub(crate) struct Panic {
    message: String,
    /// `file:line:column`, where the hook that notes it is installed and was asked.
    place: Option<String>,
}

impl Panic {
    pub(crate) fn new(payload: &(dyn Any + Send)) -> Self {
        Self {
            message: panic_message(payload),
            place: PLACE.take(),
        }
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The panic as an error of the user's code.
    pub(crate) fn into_failure(self) -> Failure {
        let failure = Failure::new(ErrorKind::Panic, self.message);
        failure.at_place(self.place)
    }
}

/// Runs the user's code, and catches what it panics with.
pub(crate) fn caught<R>(act: impl FnOnce() -> R) -> Result<R, Panic> {
    /// Puts the former state back.
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            WATCHED.set(self.0);
        }
    }
    // What the user's own `catch_unwind` left behind does not belong to the next panic.
    PLACE.set(None);
    let restore = Restore(WATCHED.replace(true));
    let done = catch_unwind(AssertUnwindSafe(act));
    drop(restore);
    done.map_err(|payload| Panic::new(&*payload))
}

/// Installs, once for the process, a panic hook that notes where steps and bodies panic and then
/// calls the hook that was there before. One that is installed later and does not call this one
/// takes its place: then panics are reported without a place.
pub(crate) fn note_places() {
    static ONCE: Once = Once::new();
    // While a thread panics no hook can be installed.
    if std::thread::panicking() {
        return;
    }
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if WATCHED.try_with(Cell::get).unwrap_or(false) {
                let place = panic.location().map(ToString::to_string);
                // If this thread is ending, nobody asks.
                let _ = PLACE.try_with(|held| held.replace(place));
            }
            before(panic);
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_says_where_it_happened_and_one_elsewhere_does_not_count() {
        note_places();
        let elsewhere = catch_unwind(|| panic!("not watched"));
        assert!(elsewhere.is_err());
        let line = line!() + 1;
        let failure = caught(|| panic!("the roof is on fire")).map_err(Panic::into_failure);
        let failure: Failure = failure.expect_err("it panicked");
        assert_eq!(failure.message, "the roof is on fire");
        let stack = failure.stack.expect("the hook is installed");
        assert!(stack.contains(&format!("panics.rs:{line}:")), "{stack}");
        assert_eq!(caught(|| 1).map_err(Panic::into_failure).ok(), Some(1));
        assert_eq!(PLACE.take(), None);
    }
}
