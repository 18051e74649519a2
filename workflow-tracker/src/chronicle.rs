//! What goes to the log of the program: few lines, each kind at most once a minute.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The `tracing` target of every line.
const TARGET: &str = "workflow_tracker";

/// How long a kind is silent after a line.
const SILENCE: Duration = Duration::from_secs(60);

/// A line about one tracker.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Line<'a> {
    /// Delivery begins to fail, in a way that may pass.
    Failing { found: &'a str, pending: u64 },
    /// Delivery waits for somebody to act.
    Blocked {
        found: &'a str,
        way_out: &'a str,
        pending: u64,
    },
    /// Everything that was late is delivered.
    Recovered { late: u64, lasted: Duration },
    /// An event was put aside.
    PutAside { found: &'a str, quarantined: u64 },
    /// Events were dropped for their age.
    Expired { events: u64 },
    /// The log could not be read, or a cursor not be made durable.
    LogError { found: &'a str },
    /// Something panicked and goes on.
    Panic { found: &'a str },
}

const KINDS: usize = 7;
const FAILING: usize = 0;
const RECOVERED: usize = 2;

impl Line<'_> {
    const fn kind(&self) -> usize {
        match self {
            Self::Failing { .. } => FAILING,
            Self::Blocked { .. } => 1,
            Self::Recovered { .. } => RECOVERED,
            Self::LogError { .. } => 3,
            Self::Panic { .. } => 4,
            Self::PutAside { .. } => 5,
            Self::Expired { .. } => 6,
        }
    }
}

/// Writes the lines about one tracker.
#[derive(Debug)]
pub(crate) struct Chronicle {
    tracker: String,
    last: Mutex<Throttle>,
}

impl Chronicle {
    pub(crate) fn new(tracker: &str) -> Self {
        Self {
            tracker: tracker.to_owned(),
            last: Mutex::new(Throttle::default()),
        }
    }

    /// Writes a line, unless its kind had one within the last minute. Says whether it did.
    pub(crate) fn write(&self, line: Line<'_>, now: Instant) -> bool {
        let mut last = self
            .last
            .lock()
            .expect("no code that holds this lock can panic");
        let allowed = last.allow(line.kind(), now);
        drop(last);
        if allowed {
            emit(&self.tracker, line);
        }
        allowed
    }
}

fn emit(tracker: &str, line: Line<'_>) {
    match line {
        Line::Failing { found, pending } => tracing::warn!(
            target: TARGET, tracker, pending,
            "delivery fails: {found}; events are kept and tried again"
        ),
        Line::Blocked {
            found,
            way_out,
            pending,
        } => tracing::warn!(
            target: TARGET, tracker, pending,
            "delivery is blocked: {found}; events are kept; {way_out}"
        ),
        Line::Recovered { late, lasted } => tracing::info!(
            target: TARGET, tracker, late,
            "delivery works again after {} s: {late} events were delivered late", lasted.as_secs()
        ),
        Line::PutAside { found, quarantined } => tracing::warn!(
            target: TARGET, tracker, quarantined,
            "an event is put aside as a dead letter: {found}; it can be replayed or discarded"
        ),
        Line::Expired { events } => tracing::warn!(
            target: TARGET, tracker, events,
            "events are dropped: they are older than the tracker's age limit"
        ),
        Line::LogError { found } => tracing::warn!(
            target: TARGET, tracker,
            "the log cannot be used for delivery: {found}; it is tried again"
        ),
        Line::Panic { found } => tracing::error!(
            target: TARGET, tracker,
            "a panic interrupted delivery: {found}; it goes on"
        ),
    }
}

/// When each kind had its last line.
#[derive(Debug, Default)]
struct Throttle {
    last: [Option<Instant>; KINDS],
}

impl Throttle {
    fn allow(&mut self, kind: usize, now: Instant) -> bool {
        let quiet = |kind: usize| {
            let last = self.last[kind];
            last.is_none_or(|last: Instant| now >= last + SILENCE)
        };
        let allowed = match kind {
            // Only an outage that was told about has an end to tell about. So the end is always
            // told, and the next outage waits until a minute after it.
            FAILING => quiet(FAILING) && quiet(RECOVERED),
            RECOVERED => true,
            other => quiet(other),
        };
        if allowed {
            self.last[kind] = Some(now);
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_one_line_a_minute() {
        let mut throttle = Throttle::default();
        let begin = Instant::now();
        let second = Duration::from_secs(1);
        assert!(throttle.allow(0, begin));
        assert!(!throttle.allow(0, begin + 59 * second));
        assert!(throttle.allow(1, begin + 59 * second));
        assert!(throttle.allow(0, begin + 60 * second));
        assert!(!throttle.allow(0, begin + 119 * second));
    }

    #[test]
    fn the_end_of_an_outage_is_told_and_the_next_one_waits_for_its_minute() {
        let mut throttle = Throttle::default();
        let begin = Instant::now();
        let second = Duration::from_secs(1);
        assert!(throttle.allow(FAILING, begin));
        assert!(throttle.allow(RECOVERED, begin + 50 * second));
        assert!(!throttle.allow(FAILING, begin + 60 * second));
        assert!(throttle.allow(FAILING, begin + 110 * second));
        assert!(throttle.allow(RECOVERED, begin + 111 * second));
    }
}
