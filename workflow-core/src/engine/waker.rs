//! The waker that a body is polled with.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

/// Notes that the body was woken, and wakes the task that drives it.
///
/// It is an `Arc` of its own, so that its clones can be counted: a clone that no operation holds
/// belongs to a future that the engine does not know.
#[derive(Debug, Default)]
pub(super) struct BodyWaker {
    state: AtomicU8,
    task: Mutex<Option<Waker>>,
}

/// The body is to be polled.
const WOKEN: u8 = 1;
/// The task is at work, and looks for itself whether the body was woken: to wake it would make the
/// runtime poll it once more for nothing.
const DRIVEN: u8 = 2;

impl BodyWaker {
    /// The task that is to be woken is at work until [`leave`](Self::leave).
    pub(super) fn enter(&self, task: &Waker) {
        self.state.fetch_or(DRIVEN, Ordering::AcqRel);
        let mut held = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        match &*held {
            Some(held) if held.will_wake(task) => {}
            _ => *held = Some(task.clone()),
        }
    }

    /// The task is no longer at work. True where the body was woken and not polled since.
    pub(super) fn leave(&self) -> bool {
        self.state.fetch_and(!DRIVEN, Ordering::AcqRel) & WOKEN != 0
    }

    /// Notes that the body is to be polled, without waking the task.
    pub(super) fn set(&self) {
        self.state.fetch_or(WOKEN, Ordering::AcqRel);
    }

    /// Whether the body is to be polled.
    pub(super) fn is_set(&self) -> bool {
        self.state.load(Ordering::Acquire) & WOKEN != 0
    }

    /// Whether the body was woken since the last call.
    pub(super) fn take(&self) -> bool {
        self.state.fetch_and(!WOKEN, Ordering::AcqRel) & WOKEN != 0
    }
}

impl Wake for BodyWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.fetch_or(WOKEN, Ordering::AcqRel) != 0 {
            return;
        }
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = &*task {
            task.wake_by_ref();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;

    #[derive(Default)]
    struct Wakes(AtomicU32);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_task_at_work_is_not_woken_and_sees_what_came_when_it_leaves() {
        let wakes = Arc::new(Wakes::default());
        let counted = || wakes.0.load(Ordering::Relaxed);
        let task = Waker::from(Arc::clone(&wakes));
        let body = Arc::new(BodyWaker::default());
        let polled_with = Waker::from(Arc::clone(&body));

        body.enter(&task);
        polled_with.wake_by_ref();
        assert!(body.take(), "it looks itself");
        assert!(!body.leave(), "nothing came since");

        body.enter(&task);
        assert!(!body.take());
        polled_with.wake_by_ref();
        assert!(body.leave(), "this came after it had looked");
        assert_eq!(counted(), 0);

        assert!(body.take());
        polled_with.wake_by_ref();
        polled_with.wake_by_ref();
        assert_eq!(counted(), 1, "once, until it has looked");
    }
}
