//! What every test here sets up: a log, a relay, and ways to wait for them without a runtime.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use workflow_tests::endpoint::{Endpoint, PATIENCE, Tally};
use workflow_tracker::{
    HttpTracker, Pace, Relay, RelayOptions, StartError, Tracker, TrackerStats, Urgency,
};

use crate::shelf::{End, Shelf};

/// Long enough for everything that must happen.
pub(crate) const LONG: Duration = PATIENCE;

/// Short waits, so that tests that fail on purpose are fast.
pub(crate) fn quick() -> Pace {
    let [short, base, cap] = [5, 20, 40].map(Duration::from_millis);
    Pace::default().retries(short, base).probes(base, cap)
}

/// A tracker for an endpoint, with short waits.
pub(crate) fn tracker(endpoint: &Endpoint) -> HttpTracker {
    let tracker = HttpTracker::new(&endpoint.url()).expect("a url to this machine");
    tracker.pace(quick())
}

/// A log, and a relay that delivers it.
pub(crate) struct Setup {
    pub(crate) log: Arc<Shelf>,
    pub(crate) relay: Relay,
}

impl Setup {
    /// A new log, delivered to one tracker.
    pub(crate) fn new(tracker: HttpTracker) -> Self {
        Self::with(Arc::new(Shelf::default()), [tracker])
    }

    /// A log, delivered to trackers.
    pub(crate) fn with(log: Arc<Shelf>, trackers: impl IntoIterator<Item = HttpTracker>) -> Self {
        let relay = block_on(start(&log, trackers)).expect("the relay starts");
        Self { log, relay }
    }

    /// Commits a run's events, the last one urgent as an outcome is.
    pub(crate) fn commit(&self, run: u128, count: usize) -> End {
        let end = self.log.append(run, count);
        self.relay.committed(end.lane, end.pos, Urgency::Now);
        end
    }

    pub(crate) fn stats(&self) -> TrackerStats {
        self.stats_of("default")
    }

    pub(crate) fn stats_of(&self, tracker: &str) -> TrackerStats {
        let stats = self.relay.stats(tracker).expect("a tracker of that name");
        let account = stats.account;
        let parts = account.delivered + account.pending + account.quarantined + account.expired;
        assert_eq!(account.accepted, parts, "{account:?}");
        stats
    }

    /// Waits until the counts are as they should be.
    pub(crate) fn wait_for(
        &self,
        what: &str,
        condition: impl Fn(&TrackerStats) -> bool,
    ) -> TrackerStats {
        eventually(what, || Some(self.stats()).filter(&condition))
    }

    /// Waits until everything is delivered, and checks what the endpoint received.
    pub(crate) fn check(&self, endpoint: &Endpoint) -> Tally {
        let ids = self.log.ids();
        let seen = endpoint.wait_for("every event", |seen| seen.has_all(&ids));
        let stats = self.wait_for("the count of every event", |stats| {
            stats.account.pending == 0
        });
        assert_eq!(stats.account.delivered, self.log.len());
        seen.check(&ids)
    }
}

/// The check of a test in which nothing is delivered twice.
pub(crate) const fn once_each(events: usize) -> Tally {
    Tally {
        events,
        duplicates: 0,
    }
}

/// Starts a relay with the same chance each time.
pub(crate) async fn start(
    log: &Arc<Shelf>,
    trackers: impl IntoIterator<Item = HttpTracker>,
) -> Result<Relay, StartError> {
    let one = |tracker| Arc::new(tracker) as Arc<dyn Tracker>;
    let trackers = trackers.into_iter().map(one).collect();
    let options = RelayOptions::default().seed(1);
    Relay::start(Arc::clone(log) as _, trackers, options).await
}

/// Looks again and again until there is something.
///
/// The pause between two looks decides nothing but how soon the test goes on.
pub(crate) fn eventually<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} for {what}");
        thread::park_timeout(Duration::from_millis(1));
    }
}

/// Waits for a future on this thread, without any runtime.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let deadline = Instant::now() + 2 * PATIENCE;
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        assert!(!left.is_zero(), "the future is still pending");
        thread::park_timeout(left);
    }
}
