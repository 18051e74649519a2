//! How long finished runs are kept, and the loop that removes those that are older.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::core::Core;
use super::health::Concern;
use crate::retry::IntoDuration;
use crate::store::{Purge, StoreError};

const DEFAULT_DAYS: u64 = 30;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Between two purges lies a part of the time that is kept, within these limits.
const PURGES_IN_TIME_KEPT: u32 = 24;
const PURGE_EVERY_MIN: Duration = Duration::from_secs(1);
const PURGE_EVERY_MAX: Duration = Duration::from_secs(60 * 60);
/// Between two parts of a purge whoever commits has the writer for himself.
const BREATH: Duration = Duration::from_millis(5);

/// How long finished runs are kept, with their logs.
///
/// Time is counted from a run's end, and again from the delivery of its last event, where there
/// are trackers: what a tracker has not acknowledged is never purged, also if the tracker is no
/// longer configured. A run with a dead letter stays until the letter is replayed or discarded.
/// When a run is purged, its id is free.
///
/// The default is 30 days.
///
/// ```
/// use workflow_core::Retention;
/// assert_eq!(Retention::days(30), Retention::default());
/// assert_eq!(Retention::of("12 h").to_string(), "12h");
/// assert_eq!(Retention::forever().to_string(), "for ever");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention(Option<Duration>);

impl Retention {
    /// Nothing is ever purged, and the store grows.
    pub const fn forever() -> Self {
        Self(None)
    }

    /// Runs are kept for so many days.
    pub fn days(days: u32) -> Self {
        Self(Some(DAY.saturating_mul(days)))
    }

    /// Runs are kept for so long.
    pub fn of(length: impl IntoDuration) -> Self {
        Self(Some(length.into_duration()))
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self::of(Duration::from_secs(DEFAULT_DAYS * DAY.as_secs()))
    }
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(length) => humantime::format_duration(length).fmt(f),
            None => f.write_str("for ever"),
        }
    }
}

/// What a purge did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Purged {
    /// Runs that are gone, and their ids free.
    pub runs: u64,
    /// Events of their logs.
    pub events: u64,
    /// Runs that are old enough and had to stay, since something of them is not delivered, was
    /// not delivered long enough ago, or is a dead letter.
    pub held_back: u64,
}

impl fmt::Display for Purged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            runs,
            events,
            held_back,
        } = self;
        write!(
            f,
            "{runs} runs with {events} events purged, {held_back} held back"
        )
    }
}

/// Purges now and then, for as long as the engine runs.
pub(super) async fn keep_house(core: Arc<Core>) {
    let Some(keep) = core.options.retention.0 else {
        return;
    };
    let every = (keep / PURGES_IN_TIME_KEPT).clamp(PURGE_EVERY_MIN, PURGE_EVERY_MAX);
    while !core.is_stopped() {
        match core.purge(core.options.retention).await {
            Ok(purged) => {
                core.health.recovered(Concern::Purge);
                if purged.runs > 0 {
                    tracing::debug!(target: "workflow_core", %purged, "finished runs were purged");
                }
            }
            Err(error) => core.health.failed(Concern::Purge, &error),
        }
        tokio::select! {
            () = core.ticker.pause(every) => {}
            () = core.until_stopped() => {}
        }
    }
}

impl Core {
    /// Purges what is older than this, part by part.
    pub(super) async fn purge(&self, retention: Retention) -> Result<Purged, StoreError> {
        let mut purged = Purged::default();
        let Some(keep) = retention.0 else {
            return Ok(purged);
        };
        let mut purge = Purge::new(self.clock.now(), keep);
        loop {
            let part = self.store.purge(purge).await?;
            purged.runs += part.runs;
            purged.events += part.rows;
            purged.held_back += part.held_back;
            match part.next {
                Some(next) => purge = purge.after(next),
                None => return Ok(purged),
            }
            if self.is_stopped() {
                return Ok(purged);
            }
            self.ticker.pause(BREATH).await;
        }
    }
}
