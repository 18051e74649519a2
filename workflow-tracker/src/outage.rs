//! When delivery to a destination began to fail, and when it has caught up again.

use std::time::{Duration, Instant};

use crate::LANES;

/// How many failures in a row, over all lanes, make a success mean "it works again" to all.
const STREAK: u32 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lane {
    Fine,
    /// Events after this position are late.
    Failing(u64),
    /// Events after `from` and up to `until` are late, and on their way.
    CatchingUp {
        from: u64,
        until: u64,
    },
}

/// A destination that fails, seen over all lanes.
#[derive(Debug)]
pub(crate) struct Outage {
    lanes: [Lane; LANES as usize],
    began: Option<Instant>,
    late: u64,
    streak: u32,
    /// Whether it was told about.
    announced: bool,
}

/// The end of an outage: everything that was late is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recovery {
    pub(crate) late: u64,
    pub(crate) lasted: Duration,
    /// Whether the beginning was told about, so that the end has to be.
    pub(crate) announced: bool,
}

/// Where a lane stands when something about it becomes known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    pub(crate) lane: u8,
    /// The last acknowledged position.
    pub(crate) acknowledged: u64,
    /// The last position in the log.
    pub(crate) head: u64,
}

impl Default for Outage {
    fn default() -> Self {
        Self {
            lanes: [Lane::Fine; LANES as usize],
            began: None,
            late: 0,
            streak: 0,
            announced: false,
        }
    }
}

impl Outage {
    /// A request failed. Says whether the outage has still to be told about.
    pub(crate) fn failed(&mut self, at: Standing, now: Instant) -> bool {
        self.streak = self.streak.saturating_add(1);
        let lane = &mut self.lanes[usize::from(at.lane)];
        *lane = match *lane {
            Lane::Fine => Lane::Failing(at.acknowledged),
            Lane::Failing(from) | Lane::CatchingUp { from, .. } => Lane::Failing(from),
        };
        self.began.get_or_insert(now);
        !self.announced
    }

    /// The outage was told about.
    pub(crate) const fn announce(&mut self) {
        self.announced = true;
    }

    /// A request succeeded. Says whether waits of other lanes are pointless now: the destination
    /// failed several times in a row, and works again.
    ///
    /// One failure is not enough: beside healthy lanes, a lane that is refused again and again
    /// would be tried again with each of their successes.
    pub(crate) fn ends_streak(&mut self) -> bool {
        std::mem::take(&mut self.streak) >= STREAK
    }

    /// A request succeeded. Gives the whole outage where this was the end of it.
    pub(crate) fn succeeded(&mut self, at: Standing, now: Instant) -> Option<Recovery> {
        let lane = &mut self.lanes[usize::from(at.lane)];
        if let Lane::Failing(from) = *lane {
            let until = at.head;
            *lane = Lane::CatchingUp { from, until };
        }
        if let Lane::CatchingUp { from, until } = *lane
            && at.acknowledged >= until
        {
            self.late += until.saturating_sub(from);
            *lane = Lane::Fine;
        }
        if self.lanes.iter().any(|lane| *lane != Lane::Fine) {
            return None;
        }
        self.began.take().map(|began| Recovery {
            late: std::mem::take(&mut self.late),
            lasted: now.saturating_duration_since(began),
            announced: std::mem::take(&mut self.announced),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(lane: u8, acknowledged: u64, head: u64) -> Standing {
        Standing {
            lane,
            acknowledged,
            head,
        }
    }

    #[test]
    fn an_outage_begins_once_and_ends_when_all_that_was_late_is_delivered() {
        let begin = Instant::now();
        let later = begin + Duration::from_secs(9);
        let mut outage = Outage::default();
        assert!(outage.failed(at(0, 10, 11), begin));
        assert!(outage.failed(at(0, 10, 11), begin), "not told about yet");
        outage.announce();
        assert!(!outage.failed(at(0, 10, 15), begin));
        assert!(!outage.failed(at(1, 0, 1), begin));
        assert_eq!(outage.succeeded(at(1, 1, 1), later), None);
        assert_eq!(outage.succeeded(at(0, 14, 17), later), None);
        let recovery = Recovery {
            late: 8,
            lasted: Duration::from_secs(9),
            announced: true,
        };
        assert_eq!(outage.succeeded(at(0, 17, 30), later), Some(recovery));
        assert_eq!(outage.succeeded(at(0, 30, 30), later), None);
        assert!(outage.failed(at(0, 30, 31), later));
    }

    #[test]
    fn a_lane_that_fails_again_keeps_its_beginning() {
        let now = Instant::now();
        let mut outage = Outage::default();
        outage.failed(at(4, 0, 100), now);
        assert_eq!(outage.succeeded(at(4, 50, 100), now), None);
        outage.failed(at(4, 50, 120), now);
        let recovery = outage.succeeded(at(4, 120, 120), now);
        assert_eq!(recovery.map(|recovery| recovery.late), Some(120));
    }

    #[test]
    fn one_failure_among_successes_does_not_hasten_anybody() {
        let now = Instant::now();
        let mut outage = Outage::default();
        outage.failed(at(0, 0, 1), now);
        assert!(!outage.ends_streak());
        outage.failed(at(0, 0, 1), now);
        outage.failed(at(1, 0, 1), now);
        assert!(outage.ends_streak());
        assert!(!outage.ends_streak());
    }
}
