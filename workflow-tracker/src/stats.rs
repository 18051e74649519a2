//! What a relay can say about itself: counts, reports, and why something waits.

use std::fmt;
use std::time::Duration;

use crate::{Account, BlockedReason, Timestamp};

/// Nothing, or not everything, is delivered until somebody acts. Everything is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Blocked {
    /// The class.
    pub reason: BlockedReason,
    /// What was found, such as `the endpoint answered 401`.
    pub detail: String,
    /// Since when, by the wall clock.
    pub since: Timestamp,
}

/// Requests, by what their answer meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestCounts {
    /// Requests that were acknowledged.
    pub acknowledged: u64,
    /// Requests that failed in a way that may pass.
    pub retry: u64,
    /// Requests that were too large (413).
    pub too_large: u64,
    /// Requests whose content was refused (400, 422).
    pub refused: u64,
    /// Requests that were refused because of the configuration.
    pub blocked_configuration: u64,
    /// Requests that were refused because of the credentials.
    pub blocked_auth: u64,
    /// Requests that were not made because of the endpoint's certificate.
    pub blocked_tls: u64,
}

impl RequestCounts {
    /// All requests.
    pub const fn total(&self) -> u64 {
        self.acknowledged
            + self.retry
            + self.too_large
            + self.refused
            + self.blocked_configuration
            + self.blocked_auth
            + self.blocked_tls
    }
}

/// What one tracker has done, and what is still to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrackerStats {
    /// The tracker's name.
    pub tracker: String,
    /// What became of the events: `accepted` is always the sum of the others.
    pub account: Account,
    /// Requests of this relay, by class.
    pub requests: RequestCounts,
    /// Those of the requests that repeated an earlier one.
    pub retries: u64,
    /// How old the oldest pending event is, by the wall clock. Events that came after others of
    /// their lane, and were not read yet, count as old as the last of those.
    pub oldest_pending: Option<Duration>,
    /// Why delivery waits for somebody to act, where it does.
    pub blocked: Option<Blocked>,
    /// How often the log could not be read.
    pub log_errors: u64,
    /// How often something panicked and was started again.
    pub restarts: u64,
}

/// What one tracker had done when a wait for delivery ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrackerReport {
    /// The tracker's name.
    pub tracker: String,
    /// Of the events that were waited for: how many are still to be delivered. They are kept.
    pub outstanding: u64,
    /// What became of all events of the tracker, those that came during the wait included.
    pub account: Account,
    /// Why delivery waits for somebody to act, where it does.
    pub blocked: Option<Blocked>,
}

/// How a wait for delivery ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeliveryReport {
    /// Each tracker, in the order in which they were given.
    pub trackers: Vec<TrackerReport>,
}

impl fmt::Display for DeliveryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, report) in self.trackers.iter().enumerate() {
            let separator = if place == 0 { "" } else { "; " };
            write!(
                f,
                "{separator}tracker `{}`: {} ",
                report.tracker, report.outstanding
            )?;
            f.write_str("events pending")?;
            if let Some(blocked) = &report.blocked {
                write!(f, ", {}", blocked.detail)?;
            }
        }
        Ok(())
    }
}

impl DeliveryReport {
    /// Whether every event that was waited for is out, at every tracker.
    pub fn is_complete(&self) -> bool {
        self.pending() == 0
    }

    /// How many of the events that were waited for are still to be delivered, over all trackers.
    pub fn pending(&self) -> u64 {
        self.trackers.iter().map(|report| report.outstanding).sum()
    }

    /// How many events were delivered since the log began, over all trackers.
    pub fn delivered(&self) -> u64 {
        let delivered = |report: &TrackerReport| report.account.delivered;
        self.trackers.iter().map(delivered).sum()
    }
}
