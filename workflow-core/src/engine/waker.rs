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
