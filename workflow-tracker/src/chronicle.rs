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

impl Line<'_> {
    const fn kind(&self) -> usize {
        match self {
            Self::Failing { .. } => 0,
            Self::Blocked { .. } => 1,
            Self::Recovered { .. } => 2,
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

    /// Writes a line, unless its kind had one within the last minute.
    pub(crate) fn write(&self, line: Line<'_>, now: Instant) {
        let mut last = self
            .last
            .lock()
            .expect("no code that holds this lock can panic");
        let allowed = last.allow(line.kind(), now);
        drop(last);
        if allowed {
            emit(&self.tracker, line);
        }
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
        let quiet = self.last[kind].is_none_or(|last| now >= last + SILENCE);
        if quiet {
            self.last[kind] = Some(now);
        }
        quiet
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
}
