//! How a relay ends: the last wait for delivery, and durable cursors.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::timeout_at;

use super::account::TrackerState;
use super::caught::caught;
use super::state::RelayState;
use super::thread::Command;
use super::wait::Wait;
use crate::chronicle::Line;
use crate::{CursorMove, EventLog, LANES};

/// The part of a shutdown's time that is kept for making cursors durable, and its limit.
const SETTLE_PART: u32 = 4;
const SETTLE_MAX: Duration = Duration::from_millis(500);
/// How long making cursors durable may take when the deadline has passed already.
const SETTLE_SLACK: Duration = Duration::from_millis(50);

/// Waits as long as a shutdown may, and then has the thread end.
pub(crate) async fn shut_down(
    mut wait: Wait,
    state: Arc<RelayState>,
    log: Arc<dyn EventLog>,
    commands: Option<UnboundedSender<Command>>,
) {
    let left = wait.deadline.saturating_duration_since(Instant::now());
    let kept = (left / SETTLE_PART).min(SETTLE_MAX);
    let until = wait.deadline.checked_sub(kept).unwrap_or(wait.deadline);
    wait.run(&state, &*log, until).await;
    if let Some(commands) = commands {
        let _ = commands.send(Command::End(wait));
    }
}

/// Makes the cursors durable.
pub(crate) async fn settle(state: &RelayState, log: &dyn EventLog, deadline: Instant) {
    let until = deadline.max(Instant::now() + SETTLE_SLACK);
    let settled = caught(async {
        state
            .trackers
            .iter()
            .for_each(|tracker| advance(tracker, log));
        log.settle().await
    });
    let found = match timeout_at(until.into(), settled).await {
        Ok(Ok(Ok(()))) => return,
        Ok(Ok(Err(error))) => error.to_string(),
        Ok(Err(_)) => "making the cursors durable panicked".to_owned(),
        Err(_) => "making the cursors durable took longer than the shutdown may".to_owned(),
    };
    for tracker in &state.trackers {
        tracker
            .chronicle
            .write(Line::LogError { found: &found }, Instant::now());
    }
}

/// Repeats the last move of each cursor: one that panicked may have been lost.
fn advance(tracker: &TrackerState, log: &dyn EventLog) {
    for lane in 0..LANES {
        if let Some(pos) = tracker.moved(lane) {
            log.advance(CursorMove {
                tracker: Arc::clone(&tracker.name),
                lane,
                pos,
            });
        }
    }
}
