//! What a lane does next: gather, read, send, wait. A state machine without clock and without I/O.

use std::time::{Duration, Instant};

/// What the outside says about a lane at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    pub(crate) now: Instant,
    /// Events in the log after the last acknowledged one.
    pub(crate) pending: u64,
    /// Whether somebody waits for one of them.
    pub(crate) urgent: bool,
    /// Before this instant nothing is sent to the destination at all.
    pub(crate) hold: Option<Instant>,
}

/// What a lane does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing: everything is delivered.
    Rest,
    /// Gather until this instant, unless somebody is in a hurry.
    Linger(Instant),
    /// Nothing before this instant, hurry or not.
    WaitUntil(Instant),
    /// Read the next events.
    Read,
    /// Send the batch in hand.
    Send,
    /// Nothing: a read or a request is under way.
    Busy,
}

/// What kind of failure a lane had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It may pass by itself.
    Passing,
    /// Somebody has to act.
    Blocking,
}

/// When a lane has gathered enough.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gather {
    pub(crate) linger: Duration,
    pub(crate) events_max: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    Busy,
    Waiting(Instant),
}

/// One lane of one tracker.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    gather: Gather,
    phase: Phase,
    /// Whether a batch is in hand, which is sent before anything else is read.
    loaded: bool,
    /// Whether the next read follows from an answer, and gathers nothing.
    eager: bool,
    /// When the first event after the batch in hand was noticed.
    noticed: Option<Instant>,
    failures: Option<Failures>,
}

/// Failures in a row.
#[derive(Clone, Copy, Debug)]
struct Failures {
    trouble: Trouble,
    count: u32,
    last: Instant,
}

impl Lane {
    /// A lane at rest; `loaded` where a batch from before is still to be delivered.
    pub(crate) const fn new(gather: Gather, loaded: bool) -> Self {
        Self {
            gather,
            phase: Phase::Open,
            loaded,
            eager: false,
            noticed: None,
            failures: None,
        }
    }

    /// What to do next.
    pub(crate) fn next(&mut self, view: View) -> Next {
        match self.phase {
            Phase::Busy => Next::Busy,
            Phase::Waiting(until) if view.now < until => {
                Next::WaitUntil(view.hold.map_or(until, |hold| hold.max(until)))
            }
            Phase::Waiting(_) | Phase::Open => self.next_when_open(view),
        }
    }

    fn next_when_open(&mut self, view: View) -> Next {
        let wanted = if self.loaded {
            Next::Send
        } else if view.pending == 0 {
            self.noticed = None;
            return Next::Rest;
        } else {
            self.gathered(view)
        };
        match (wanted, view.hold) {
            (Next::Read | Next::Send, Some(hold)) if view.now < hold => Next::WaitUntil(hold),
            (wanted, _) => wanted,
        }
    }

    fn gathered(&mut self, view: View) -> Next {
        let noticed = *self.noticed.get_or_insert(view.now);
        let enough = noticed + self.gather.linger;
        let goes_on = self.eager || self.failures.is_some();
        let full = view.pending >= self.gather.events_max;
        if view.urgent || full || goes_on || view.now >= enough {
            Next::Read
        } else {
            Next::Linger(enough)
        }
    }

    /// A read or a request is under way.
    pub(crate) fn began(&mut self) {
        self.phase = Phase::Busy;
    }

    /// A batch is in hand. What comes after it has been gathered since the read began.
    pub(crate) fn loaded(&mut self, read_at: Instant) {
        self.phase = Phase::Open;
        self.loaded = true;
        self.eager = false;
        self.noticed = Some(read_at);
    }

    /// The batch in hand is given up, or there is none after all: another one is read at once.
    pub(crate) fn reload(&mut self) {
        self.phase = Phase::Open;
        self.loaded = false;
        self.eager = true;
    }

    /// Whether a batch is in hand.
    pub(crate) const fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// Whether a request is under way.
    pub(crate) fn is_sending(&self) -> bool {
        self.loaded && self.phase == Phase::Busy
    }

    /// The batch in hand is delivered.
    pub(crate) fn acknowledged(&mut self) {
        self.phase = Phase::Open;
        self.loaded = false;
        self.eager = false;
        self.failures = None;
    }

    /// How many failures of this kind in a row there would be with one more. Another kind begins
    /// anew, so that a first refusal after an outage is not probed as slowly as a tenth.
    pub(crate) fn failures_with(&self, trouble: Trouble) -> u32 {
        self.failures
            .filter(|failures| failures.trouble == trouble)
            .map_or(1, |failures| failures.count.saturating_add(1))
    }

    /// The read or the request failed; the next one is after `wait`.
    pub(crate) fn failed(&mut self, trouble: Trouble, now: Instant, wait: Duration) {
        let count = self.failures_with(trouble);
        self.failures = Some(Failures {
            trouble,
            count,
            last: now,
        });
        self.phase = Phase::Waiting(now + wait);
    }

    /// Ends a wait now, where the last failure is at least `since` ago.
    pub(crate) fn hasten(&mut self, now: Instant, since: Duration) {
        let settled = self
            .failures
            .is_none_or(|failures| now >= failures.last + since);
        if settled && matches!(self.phase, Phase::Waiting(until) if until > now) {
            self.phase = Phase::Waiting(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINGER: Duration = Duration::from_millis(50);
    const SECOND: Duration = Duration::from_secs(1);

    /// A lane, and a clock that the test moves.
    struct Bench {
        lane: Lane,
        now: Instant,
        hold: Option<Instant>,
    }

    impl Bench {
        fn new() -> Self {
            let gather = Gather {
                linger: LINGER,
                events_max: 100,
            };
            Self {
                lane: Lane::new(gather, false),
                now: Instant::now(),
                hold: None,
            }
        }

        fn next(&mut self, pending: u64, urgent: bool) -> Next {
            self.lane.next(View {
                now: self.now,
                pending,
                urgent,
                hold: self.hold,
            })
        }

        fn load(&mut self) {
            self.lane.began();
            self.lane.loaded(self.now);
        }
    }

    #[test]
    fn lingers_from_the_first_event_on() {
        let mut bench = Bench::new();
        assert_eq!(bench.next(0, false), Next::Rest);
        let enough = bench.now + LINGER;
        assert_eq!(bench.next(1, false), Next::Linger(enough));
        bench.now += LINGER / 2;
        assert_eq!(bench.next(2, false), Next::Linger(enough));
        bench.now += LINGER / 2;
        assert_eq!(bench.next(3, false), Next::Read);
    }

    #[test]
    fn hurry_and_a_full_batch_end_the_gathering() {
        let mut bench = Bench::new();
        assert_eq!(bench.next(1, true), Next::Read);
        assert_eq!(bench.next(100, false), Next::Read);
    }

    #[test]
    fn only_one_thing_is_under_way() {
        let mut bench = Bench::new();
        bench.lane.began();
        assert_eq!(bench.next(500, true), Next::Busy);
        bench.lane.loaded(bench.now);
        assert_eq!(bench.next(500, true), Next::Send);
        bench.lane.began();
        assert_eq!(bench.next(500, true), Next::Busy);
    }

    #[test]
    fn what_came_during_a_request_has_gathered_since_the_read() {
        let mut bench = Bench::new();
        bench.load();
        bench.now += LINGER / 2;
        bench.lane.acknowledged();
        assert_eq!(bench.next(1, false), Next::Linger(bench.now + LINGER / 2));
        bench.now += LINGER / 2;
        assert_eq!(bench.next(1, false), Next::Read);
    }

    #[test]
    fn a_failure_keeps_the_batch_and_waits_even_in_a_hurry() {
        let mut bench = Bench::new();
        bench.load();
        bench.lane.began();
        bench.lane.failed(Trouble::Passing, bench.now, SECOND);
        assert_eq!(bench.next(9, true), Next::WaitUntil(bench.now + SECOND));
        bench.now += SECOND;
        assert_eq!(bench.next(9, false), Next::Send);
    }

    #[test]
    fn a_failed_read_is_repeated_without_gathering_again() {
        let mut bench = Bench::new();
        bench.lane.began();
        bench.lane.failed(Trouble::Passing, bench.now, SECOND);
        bench.now += SECOND;
        assert_eq!(bench.next(1, false), Next::Read);
    }

    #[test]
    fn a_batch_that_is_given_up_is_replaced_without_gathering_again() {
        let mut bench = Bench::new();
        bench.load();
        bench.lane.began();
        bench.lane.reload();
        assert_eq!(bench.next(1, false), Next::Read);
        bench.load();
        bench.lane.acknowledged();
        assert!(matches!(bench.next(1, false), Next::Linger(_)));
    }

    #[test]
    fn failures_of_one_kind_count_until_one_success() {
        let mut bench = Bench::new();
        for expected in 1..4 {
            assert_eq!(bench.lane.failures_with(Trouble::Passing), expected);
            bench.lane.failed(Trouble::Passing, bench.now, SECOND);
        }
        assert_eq!(bench.lane.failures_with(Trouble::Blocking), 1);
        bench.lane.acknowledged();
        assert_eq!(bench.lane.failures_with(Trouble::Passing), 1);
    }

    #[test]
    fn a_hold_stops_reads_and_requests_but_not_gathering() {
        let mut bench = Bench::new();
        let hold = bench.now + SECOND;
        bench.hold = Some(hold);
        assert_eq!(bench.next(1, false), Next::Linger(bench.now + LINGER));
        assert_eq!(bench.next(1, true), Next::WaitUntil(hold));
        bench.load();
        assert_eq!(bench.next(1, true), Next::WaitUntil(hold));
        bench.now = hold;
        assert_eq!(bench.next(1, true), Next::Send);
    }

    #[test]
    fn a_wait_can_be_hastened_but_a_hold_cannot() {
        let mut bench = Bench::new();
        bench.load();
        bench.lane.failed(Trouble::Passing, bench.now, 60 * SECOND);
        bench.lane.hasten(bench.now, SECOND);
        assert!(matches!(bench.next(1, true), Next::WaitUntil(_)));
        bench.now += SECOND;
        bench.lane.hasten(bench.now, SECOND);
        bench.hold = Some(bench.now + SECOND);
        assert_eq!(bench.next(1, true), Next::WaitUntil(bench.now + SECOND));
        bench.hold = None;
        assert_eq!(bench.next(1, true), Next::Send);
    }
}
