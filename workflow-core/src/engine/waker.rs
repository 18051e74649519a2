//! The waker that a body is polled with.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

/// Notes that the body was woken, and wakes the task that drives it.
///
/// It is an `Arc` of its own, so that its clones can be counted: a clone that no operation holds
/// belongs to a future that the engine does not know.
#[derive(Debug, Default)]
pub(super) struct BodyWaker {
    woken: AtomicBool,
    task: Mutex<Option<Waker>>,
}

impl BodyWaker {
    /// Wakes `task` from now on.
    pub(super) fn attach(&self, task: &Waker) {
        let mut held = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        match &*held {
            Some(held) if held.will_wake(task) => {}
            _ => *held = Some(task.clone()),
        }
    }

    /// Notes that the body is to be polled, without waking the task.
    pub(super) fn set(&self) {
        self.woken.store(true, Ordering::Release);
    }

    /// Whether the body is to be polled.
    pub(super) fn is_set(&self) -> bool {
        self.woken.load(Ordering::Acquire)
    }

    /// Whether the body was woken since the last call.
    pub(super) fn take(&self) -> bool {
        self.woken.swap(false, Ordering::AcqRel)
    }
}

impl Wake for BodyWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.woken.swap(true, Ordering::AcqRel) {
            return;
        }
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = &*task {
            task.wake_by_ref();
        }
    }
}
