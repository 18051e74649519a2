//! What must be true of the log of every run that has ended.

use std::collections::{HashMap, HashSet};

use workflow_tracker::{Event, EventType};

use super::Engine;
use crate::id::RunId;
use crate::store::{Row, RunKey, StoreError};

impl Engine {
    /// The log of a run as it is stored.
    pub(crate) async fn rows(&self, run: RunId) -> Result<Vec<Row>, StoreError> {
        match self.core().store.run(RunKey::Id(run)).await? {
            Some(record) => self.core().rows(record.run).await,
            None => Ok(Vec::new()),
        }
    }
}

/// Whether the log of a run that ended is whole; if not, what is wrong.
pub(crate) fn check(rows: &[Row]) -> Result<(), String> {
    check_order(rows)?;
    check_ends(rows)?;
    check_pauses(rows)?;
    check_results(rows)
}

/// The rows are numbered from 1 without a gap, in the order of their turns, each with its own id.
fn check_order(rows: &[Row]) -> Result<(), String> {
    let mut ids = HashSet::new();
    let mut turn = 0;
    for (row, seq) in rows.iter().zip(1..) {
        if row.seq != seq {
            return Err(format!("seq {} stands where {seq} belongs", row.seq));
        }
        if !ids.insert(row.event_id) {
            return Err(format!("seq {seq} has the id of an event before it"));
        }
        if row.turn < turn {
            return Err(format!("seq {seq} is of turn {} after {turn}", row.turn));
        }
        turn = row.turn;
    }
    Ok(())
}

/// One start, one end, and nothing after the end.
fn check_ends(rows: &[Row]) -> Result<(), String> {
    let is_end = |row: &&Row| {
        matches!(
            row.event_type,
            EventType::WorkflowCompleted | EventType::WorkflowFailed | EventType::WorkflowCancelled
        )
    };
    let started = |row: &&Row| row.event_type == EventType::WorkflowStarted;
    let starts = rows.iter().filter(started).count();
    let ends = rows.iter().filter(is_end).count();
    let was_cancelled = rows
        .last()
        .is_some_and(|row| row.event_type == EventType::WorkflowCancelled);
    // A run that was cancelled in the queue never started.
    if starts != 1 && !(starts == 0 && was_cancelled) {
        return Err(format!(
            "the run has {starts} events of type workflow.started"
        ));
    }
    if ends != 1 || !rows.last().is_some_and(|row| is_end(&row)) {
        return Err(format!(
            "the run has {ends} terminal events, and its log ends with {}",
            rows.last().map_or("nothing", |row| row.event_type.as_str())
        ));
    }
    Ok(())
}

/// Nothing happens in a paused run before it says that it goes on.
fn check_pauses(rows: &[Row]) -> Result<(), String> {
    let moved = rows.windows(2).find(|pair| {
        pair[0].event_type == EventType::WorkflowPaused
            && !matches!(
                pair[1].event_type,
                EventType::WorkflowResumed | EventType::WorkflowCancelled
            )
    });
    match moved {
        Some(pair) => Err(format!("{} follows a pause", pair[1].event_type)),
        None => Ok(()),
    }
}

/// No result is recorded twice, every attempt that ended was started, and none begins after the
/// step has its result.
fn check_results(rows: &[Row]) -> Result<(), String> {
    let mut results: HashMap<String, u64> = HashMap::new();
    let mut started: HashMap<String, u32> = HashMap::new();
    for row in rows {
        let event = Event::from_fields(row.event_type, &row.fields)
            .map_err(|error| format!("seq {}: {error}", row.seq))?;
        let (id, attempt, is_result) = match event {
            Event::StepStarted(step) => {
                let id = format!("{}{:?}", step.step_name, step.identity);
                let before = started.insert(id.clone(), step.attempt).unwrap_or_default();
                if step.attempt != before + 1 {
                    return Err(format!("attempt {} of {id} follows {before}", step.attempt));
                }
                if let Some(at) = results.get(&id) {
                    return Err(format!(
                        "{id} is started again at seq {}, and has its result at {at}",
                        row.seq
                    ));
                }
                continue;
            }
            Event::StepCompleted(step) => (
                format!("{}{:?}", step.step_name, step.identity),
                step.attempt,
                true,
            ),
            Event::StepFailed(step) => (
                format!("{}{:?}", step.step_name, step.identity),
                step.attempt,
                !step.will_retry,
            ),
            _ => continue,
        };
        if started.get(&id) != Some(&attempt) {
            return Err(format!(
                "attempt {attempt} of {id} ended and was not running"
            ));
        }
        if is_result && let Some(before) = results.insert(id.clone(), row.seq) {
            return Err(format!("{id} has results at seq {before} and {}", row.seq));
        }
    }
    Ok(())
}
