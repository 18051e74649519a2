//! Replays a log against code, without a store and without running a step.

use std::sync::Arc;
use std::task::Waker;

use workflow_tracker::events::WorkflowBlocked;
use workflow_tracker::{Event, EventType, Timestamp};

use super::driver::{ClaimCell, Driver, Free, Hold, Todo};
use super::export::Export;
pub(crate) use super::export::Unreadable;
use super::registry::define;
use crate::id::{Chance, RunId};
use crate::journal::{Cause, Divergence, Past};
use crate::resources::Resources;
use crate::run::RunState;
use crate::scope::{Execution, Workflow};
use crate::spec::Spec;
use crate::store::{NewRow, Row, RunNo};
use crate::testing::TestClock;

/// What a replay came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Replay {
    /// The code took every recorded result and goes on.
    GoesOn,
    /// The code took every recorded result and ended as the log says.
    Ends,
    /// The code took every recorded result and ended otherwise: recorded, and found.
    EndsOtherwise(String, String),
    /// The code asks for something else than the log holds.
    Diverges(String),
    /// The code waits for something that is no operation.
    Stalls,
}

/// A run that was written down, to be replayed.
pub(crate) struct Recording {
    pub(crate) workflow: String,
    pub(crate) version: Option<u32>,
    pub(crate) fingerprint: String,
    run_id: RunId,
    rows: Vec<Row>,
}

impl Recording {
    /// Reads an export.
    pub(crate) fn read(text: &str) -> Result<Self, Unreadable> {
        let Export { header, rows } = Export::read(text)?;
        let run_id = header.run_id.parse();
        Ok(Self {
            workflow: header.workflow,
            version: header.version,
            fingerprint: header.fingerprint,
            run_id: run_id.map_err(|error| Unreadable::of(&error))?,
            rows,
        })
    }

    /// How many events it has.
    pub(crate) fn events(&self) -> usize {
        self.rows.len()
    }

    /// Replays it against a workflow.
    pub(crate) fn replay<W: Workflow>(mut self, resources: Arc<Resources>) -> Replay {
        let outcome = self.take_outcome();
        let now = self
            .rows
            .last()
            .map_or_else(Timestamp::default, |row| row.occurred_at);
        let past = match Past::read(self.rows) {
            Ok(past) => past,
            Err(why) => {
                return Replay::Diverges(
                    Divergence::corrupt(&why.to_string()).reason(&Cause::Unknown),
                );
            }
        };
        let input = past.input.clone();
        let chance = Chance::seeded(0);
        let state = RunState::resume(self.run_id, chance, now, past);
        let clock = TestClock::manual();
        clock.set(now);
        let execution = Execution::new(state, Arc::new(clock), resources, Box::new(|| {}));
        let execution = Arc::new(execution);
        let definition = define::<W>();
        let run = match definition.execute(Arc::clone(&execution), &input) {
            Ok(run) => run,
            Err(why) => return Replay::Diverges(Divergence::input(&why).reason(&Cause::Unknown)),
        };
        let hold = hold(definition.spec());
        let park_from = std::time::Duration::MAX;
        let mut driver = Driver::new(run, execution, hold, ClaimCell::default(), park_from);
        come_to_rest(&mut driver, now, outcome.as_ref())
    }

    /// The last row, if the code's return made it: it is what a replay has to come to.
    fn take_outcome(&mut self) -> Option<Row> {
        let last = self.rows.last()?;
        let returned = match last.event_type {
            EventType::WorkflowCompleted => true,
            EventType::WorkflowFailed => !ended_from_outside(last),
            _ => false,
        };
        let ended = matches!(
            last.event_type,
            EventType::WorkflowCompleted | EventType::WorkflowFailed | EventType::WorkflowCancelled
        );
        let last = self.rows.pop_if(|_| ended)?;
        Some(last).filter(|_| returned)
    }
}

/// Whether the engine ended the run, and not its code.
fn ended_from_outside(row: &Row) -> bool {
    use workflow_tracker::events::ErrorKind;
    match Event::from_fields(row.event_type, &row.fields) {
        Ok(Event::WorkflowFailed(failed)) => failed.error.kind == Some(ErrorKind::CrashLoop),
        _ => false,
    }
}

/// A replay claims nothing: what it would commit is looked at and dropped.
fn hold(spec: &Spec) -> Hold {
    Hold::Free(Free {
        run: RunNo(0),
        execution: 0,
        epoch: 0,
        fingerprint: spec.fingerprint(),
        crashes: None,
    })
}

fn come_to_rest(driver: &mut Driver, now: Timestamp, outcome: Option<&Row>) -> Replay {
    loop {
        return match driver.poll(Waker::noop(), now) {
            Todo::Commit(commit) => judge(&commit.rows, outcome),
            // The driver gives the runtime a turn now and then in a long replay.
            Todo::Wait(None) if !driver.is_live() => continue,
            Todo::Wait(_) | Todo::Finished(_) => goes_on(outcome),
            Todo::Stalled => Replay::Stalls,
        };
    }
}

/// What the code does after the last recorded result.
fn judge(rows: &[NewRow], outcome: Option<&Row>) -> Replay {
    let Some(last) = rows.last() else {
        return goes_on(outcome);
    };
    if last.event_type == EventType::WorkflowBlocked {
        return Replay::Diverges(reason(last));
    }
    let Some(outcome) = outcome else {
        return Replay::GoesOn;
    };
    let recorded = ending(
        outcome.event_type,
        &outcome.fields,
        outcome.payload.as_deref(),
    );
    let found = ending(last.event_type, &last.fields, last.payload.as_deref());
    if recorded == found {
        Replay::Ends
    } else {
        Replay::EndsOtherwise(recorded, found)
    }
}

/// The code waits, or asks for more.
fn goes_on(outcome: Option<&Row>) -> Replay {
    match outcome {
        None => Replay::GoesOn,
        Some(row) => Replay::EndsOtherwise(
            ending(row.event_type, &row.fields, row.payload.as_deref()),
            "it goes on".to_owned(),
        ),
    }
}

/// How a run ended, in words.
fn ending(event_type: EventType, fields: &str, payload: Option<&[u8]>) -> String {
    match Event::from_fields(event_type, fields) {
        Ok(Event::WorkflowCompleted(_)) => {
            let output = payload.map(String::from_utf8_lossy).unwrap_or_default();
            format!("it returns {output}")
        }
        Ok(Event::WorkflowFailed(failed)) => format!("it fails with \"{}\"", failed.error.message),
        Ok(event) => format!("it goes on with {}", event.event_type()),
        Err(error) => error.to_string(),
    }
}

fn reason(row: &NewRow) -> String {
    match Event::from_fields(row.event_type, &row.fields) {
        Ok(Event::WorkflowBlocked(WorkflowBlocked { reason, .. })) => reason,
        Ok(_) | Err(_) => String::new(),
    }
}
