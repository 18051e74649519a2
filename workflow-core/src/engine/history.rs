//! What has happened in a run, as its log says it.

use uuid::Uuid;
use workflow_tracker::{Event, Timestamp};

use super::core::Core;
use crate::error::RunError;
use crate::store::{Row, RunNo, StoreError, StoreErrorKind};

/// One event of a run's log.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RunEvent {
    /// Its place in the run: 1, 2, 3 …
    pub seq: u64,
    /// Its id, by which receivers deduplicate.
    pub event_id: Uuid,
    /// When it occurred.
    pub occurred_at: Timestamp,
    /// When it was committed.
    pub recorded_at: Timestamp,
    /// What happened.
    pub event: Event,
}

impl Core {
    /// The events of a run, in order of `seq`.
    pub(super) async fn events(&self, run: RunNo) -> Result<Vec<RunEvent>, RunError> {
        let rows = self.rows(run).await.map_err(RunError::Store)?;
        let events: Result<_, _> = rows.iter().map(run_event).collect();
        events.map_err(RunError::Store)
    }
}

fn run_event(row: &Row) -> Result<RunEvent, StoreError> {
    Ok(RunEvent {
        event: event_of(row)?,
        seq: row.seq,
        event_id: row.event_id,
        occurred_at: row.occurred_at,
        recorded_at: row.recorded_at,
    })
}

/// The event that a row holds.
pub(super) fn event_of(row: &Row) -> Result<Event, StoreError> {
    Event::from_fields(row.event_type, &row.fields).map_err(|error| {
        StoreError::new(
            StoreErrorKind::Corrupt,
            format!("reading event {} of a run failed: {error}", row.seq),
        )
    })
}
