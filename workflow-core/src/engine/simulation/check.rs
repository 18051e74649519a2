//! What must be true of the rows of every history.

use std::collections::HashMap;

use workflow_tracker::{Event, EventType};

use crate::store::Row;

/// Nothing happens in a paused run before it says that it goes on.
pub(super) fn check_pauses(rows: &[Row]) -> Result<(), String> {
    let moved = rows.windows(2).find(|pair| {
        pair[0].event_type == EventType::WorkflowPaused
            && pair[1].event_type != EventType::WorkflowResumed
    });
    match moved {
        Some(pair) => Err(format!("{} follows a pause", pair[1].event_type)),
        None => Ok(()),
    }
}

/// No result is recorded twice, and every attempt that ended was started.
pub(super) fn check_results(rows: &[Row]) -> Result<(), String> {
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
