//! Opens the cursors of all trackers, before anything is delivered.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use super::account::{Opening, TrackerState};
use super::caught::caught;
use super::state::{PerLane, RelayState};
use super::{RelayOptions, StartError};
use crate::backoff::Doubling;
use crate::{
    EventLog, LANES, LanePosition, LogError, OpenCursor, Pace, ReadLane, Timestamp, Tracker,
};

/// Refuses names that cannot own a cursor.
pub(crate) fn check_names(trackers: &[Arc<dyn Tracker>]) -> Result<(), StartError> {
    let mut seen = HashSet::new();
    for name in trackers.iter().map(|tracker| tracker.name()) {
        if name.is_empty() || !seen.insert(name) {
            let name = name.to_owned();
            return Err(StartError::Name { name });
        }
    }
    Ok(())
}

/// Opens the cursors, and repeats that while the log is busy.
pub(crate) async fn open(
    log: &dyn EventLog,
    trackers: Vec<Arc<dyn Tracker>>,
    options: &RelayOptions,
    rng: &mut fastrand::Rng,
) -> Result<RelayState, StartError> {
    let deadline = super::after(options.open_within);
    let mut heads = PerLane::default();
    let mut states = Vec::with_capacity(trackers.len());
    for tracker in trackers {
        let (opening, known) =
            open_until(log, &*tracker, deadline, rng)
                .await
                .map_err(|source| StartError::Log {
                    tracker: tracker.name().to_owned(),
                    source,
                })?;
        heads = known;
        states.push(Arc::new(TrackerState::new(tracker, &opening)));
    }
    Ok(RelayState::new(states, heads))
}

async fn open_until(
    log: &dyn EventLog,
    tracker: &dyn Tracker,
    deadline: Instant,
    rng: &mut fastrand::Rng,
) -> Result<(Opening, PerLane<u64>), LogError> {
    let retries: Doubling = Pace::default().retries;
    for failures in 1.. {
        let attempt = caught(open_one(log, tracker)).await;
        let error = match attempt {
            Ok(Ok(opened)) => return Ok(opened),
            Ok(Err(error)) => error,
            Err(_) => return Err(LogError::new("the log panicked")),
        };
        let again = Instant::now() + retries.jittered(failures, rng);
        if again >= deadline {
            return Err(error);
        }
        tokio::time::sleep_until(again.into()).await;
    }
    unreachable!("the deadline comes before four billion failures")
}

async fn open_one(
    log: &dyn EventLog,
    tracker: &dyn Tracker,
) -> Result<(Opening, PerLane<u64>), LogError> {
    // Moves of an earlier relay in this process may still be on their way, and would be counted
    // as pending by one of the next two calls and as delivered by the other.
    log.settle().await?;
    let open = OpenCursor::new(tracker.name(), tracker.start_at());
    let positions = in_order(&log.open_cursor(open).await?)?;
    let account = log.account(tracker.name()).await?;
    let cursors = positions.map(|position| position.cursor);
    let heads = positions.map(|position| position.head);
    let mut oldest = PerLane::default();
    for (oldest, position) in oldest.iter_mut().zip(positions) {
        *oldest = first_pending(log, position).await?;
    }
    let opening = Opening {
        cursors,
        account,
        oldest,
    };
    Ok((opening, heads))
}

/// When the first pending event of a lane was recorded.
async fn first_pending(
    log: &dyn EventLog,
    position: LanePosition,
) -> Result<Option<Timestamp>, LogError> {
    if position.head <= position.cursor {
        return Ok(None);
    }
    let read = ReadLane {
        events_max: 1,
        ..ReadLane::new(position.lane, position.cursor)
    };
    let events = log.read(read).await?;
    Ok(events.first().map(|event| event.recorded_at))
}

/// One position for each lane.
fn in_order(positions: &[LanePosition]) -> Result<PerLane<LanePosition>, LogError> {
    let fits = |positions: &PerLane<LanePosition>| {
        let lanes = positions.iter().map(|position| position.lane);
        lanes.eq(0..LANES)
    };
    let in_order: Option<PerLane<LanePosition>> = positions.try_into().ok();
    in_order.filter(fits).ok_or_else(|| {
        LogError::new(format!(
            "the log gave {} positions for {LANES} lanes; there must be one for each, in order",
            positions.len()
        ))
    })
}
