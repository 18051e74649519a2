//! A clock that tests move.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use workflow_tracker::{BoxFuture, Timestamp};

use crate::time::Clock;

/// Workflow time that stands still until a test moves it; or that jumps to whatever anybody
/// waits for.
///
/// ```
/// use std::time::Duration;
/// use workflow_core::{Clock, testing::TestClock};
/// let clock = TestClock::manual();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now().since(before), Duration::from_secs(60));
/// ```
#[derive(Clone, Debug)]
pub struct TestClock {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    now: Mutex<Timestamp>,
    moved: Notify,
    jumps: bool,
}

/// 2026-01-01T00:00:00Z.
const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

impl TestClock {
    /// A clock that stands at the beginning of the year 2026 until [`advance`](Self::advance).
    pub fn manual() -> Self {
        Self::new(false)
    }

    /// A clock that jumps to the instant that is waited for, as soon as somebody waits: a
    /// workflow that sleeps for a month ends in milliseconds.
    pub fn jumping() -> Self {
        Self::new(true)
    }

    fn new(jumps: bool) -> Self {
        Self {
            shared: Arc::new(Shared {
                now: Mutex::new(START),
                moved: Notify::new(),
                jumps,
            }),
        }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let mut now = self.shared.now();
        *now = now.plus(by);
        drop(now);
        self.shared.moved.notify_waiters();
    }

    /// Sets the clock, also back.
    pub fn set(&self, instant: Timestamp) {
        *self.shared.now() = instant;
        self.shared.moved.notify_waiters();
    }
}

impl Shared {
    fn now(&self) -> MutexGuard<'_, Timestamp> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.shared.now()
    }

    fn sleep_until(&self, instant: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            loop {
                let moved = self.shared.moved.notified();
                tokio::pin!(moved);
                moved.as_mut().enable();
                if self.now() >= instant {
                    return;
                }
                if self.shared.jumps {
                    // Whoever is due earlier goes first: everybody else gets a turn before time
                    // moves.
                    tokio::task::yield_now().await;
                    let mut now = self.shared.now();
                    *now = (*now).max(instant);
                    drop(now);
                    self.shared.moved.notify_waiters();
                    return;
                }
                moved.await;
            }
        })
    }
}
