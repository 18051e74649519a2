//! Reads a run's log into what its next execution needs.

use std::collections::{HashMap, VecDeque};
use std::fmt;

use workflow_tracker::events::PauseReason;
use workflow_tracker::{Event, EventType, Timestamp};

use super::{History, Journal, OperationId, Outcome, Recorded, StartedChild};
use crate::codec;
use crate::spec::OperationKind;
use crate::store::Row;

/// A log that cannot be read as a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CorruptLog(String);

impl fmt::Display for CorruptLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a log says about a run.
#[derive(Debug)]
pub(crate) struct Past {
    pub(crate) journal: Journal,
    /// The recorded input.
    pub(crate) input: Vec<u8>,
    /// The last row's `seq`.
    pub(crate) last_seq: u64,
    /// The last row's turn.
    pub(crate) last_turn: u64,
    /// When the first execution began, if it has.
    pub(crate) started_at: Option<Timestamp>,
    /// The names of the completed steps, in order of completion.
    pub(crate) completed_steps: Vec<String>,
    /// Why the run is paused, if it is.
    pub(crate) paused: Option<PauseReason>,
    /// Whether it was blocked, and has not gone on since.
    pub(crate) blocked: bool,
    /// The `seq` of the last recorded result; 0 where there is none.
    pub(crate) last_result_seq: u64,
    /// Whether it may have started children.
    pub(crate) has_children: bool,
}

impl Past {
    /// Reads the rows of a run, which are in order of `seq` from 1.
    pub(crate) fn read(rows: Vec<Row>) -> Result<Self, CorruptLog> {
        let mut reader = Reader::default();
        for row in rows {
            reader.row(row)?;
        }
        let input = reader
            .input
            .ok_or_else(|| CorruptLog("its first row holds no input".to_owned()))?;
        let journal = Journal::new(reader.results, reader.histories);
        Ok(Self {
            has_children: journal.has_children(),
            journal,
            input,
            last_seq: reader.last_seq,
            last_turn: reader.last_turn,
            started_at: reader.started_at,
            completed_steps: reader.completed_steps,
            paused: reader.paused,
            blocked: reader.blocked,
            last_result_seq: reader.last_result_seq,
        })
    }
}

impl Past {
    /// The past of a run whose log was not read: only where it ends.
    pub(crate) fn unread(last_seq: u64, last_turn: u64) -> Self {
        Self {
            journal: Journal::empty(),
            input: Vec::new(),
            last_seq,
            last_turn,
            started_at: None,
            completed_steps: Vec::new(),
            paused: None,
            blocked: false,
            last_result_seq: 0,
            has_children: true,
        }
    }
}

#[derive(Default)]
struct Reader {
    results: VecDeque<Recorded>,
    histories: HashMap<OperationId, History>,
    input: Option<Vec<u8>>,
    last_seq: u64,
    last_turn: u64,
    started_at: Option<Timestamp>,
    completed_steps: Vec<String>,
    paused: Option<PauseReason>,
    blocked: bool,
    last_result_seq: u64,
}

impl Reader {
    fn row(&mut self, row: Row) -> Result<(), CorruptLog> {
        if row.seq != self.last_seq + 1 {
            return Err(CorruptLog(format!(
                "seq {} follows seq {}",
                row.seq, self.last_seq
            )));
        }
        self.last_seq = row.seq;
        self.last_turn = self.last_turn.max(row.turn);
        let event = Event::from_fields(row.event_type, &row.fields)
            .map_err(|error| CorruptLog(format!("seq {}: {error}", row.seq)))?;
        self.event(event, row)
    }

    fn event(&mut self, event: Event, row: Row) -> Result<(), CorruptLog> {
        match event {
            Event::WorkflowQueued(_) => self.input = row.payload,
            Event::WorkflowStarted(_) => {
                self.started_at = Some(row.occurred_at);
                self.input = self.input.take().or(row.payload);
            }
            Event::WorkflowPaused(paused) => self.paused = Some(paused.reason),
            Event::WorkflowResumed(_) => (self.paused, self.blocked) = (None, false),
            Event::WorkflowBlocked(_) => self.blocked = true,
            Event::StepStarted(step) => {
                let id = OperationId::recorded(step.step_name, step.identity);
                let history = self.history(id, OperationKind::Step);
                history.attempt = step.attempt;
                history.first_at.get_or_insert(row.occurred_at);
                history.retry_at = None;
                history.site = Some(step.site);
            }
            Event::StepCompleted(step) => {
                self.completed_steps.push(step.step_name.clone());
                let id = OperationId::recorded(step.step_name, step.identity);
                let value = payload(&row)?;
                self.result(&row, OperationKind::Step, id, Outcome::Value(value));
            }
            Event::StepFailed(step) => {
                let id = OperationId::recorded(step.step_name, step.identity);
                if step.will_retry {
                    let whole = row.payload.as_deref().map(codec::decode).transpose();
                    let whole =
                        whole.map_err(|why| CorruptLog(format!("seq {}: {why}", row.seq)))?;
                    let history = self.history(id, OperationKind::Step);
                    history.failures.push(whole.unwrap_or(step.error.message));
                } else {
                    let error = payload(&row)?;
                    self.result(&row, OperationKind::Step, id, Outcome::Error(error));
                }
            }
            Event::RetryScheduled(retry) => {
                let id = OperationId::recorded(retry.step_name, retry.identity);
                self.history(id, OperationKind::Step).retry_at = Some(retry.next_attempt_at);
            }
            Event::SleepStarted(sleep) => {
                let id = OperationId::recorded(sleep.name, sleep.identity);
                self.history(id, OperationKind::Sleep).sleep =
                    Some((sleep.duration_ms, sleep.resume_at));
            }
            Event::SleepCompleted(sleep) => {
                let id = OperationId::recorded(sleep.name, sleep.identity);
                self.result(&row, OperationKind::Sleep, id, Outcome::Elapsed);
            }
            Event::ValueRecorded(value) => {
                let id = OperationId::recorded(value.name, value.identity);
                let value = payload(&row)?;
                self.history(id.clone(), OperationKind::Value);
                self.result(&row, OperationKind::Value, id, Outcome::Value(value));
            }
            Event::SignalAwaited(wait) => {
                let id = OperationId::recorded(wait.name, wait.identity);
                self.history(id, OperationKind::Wait).deadline = Some(wait.deadline.into());
            }
            Event::SignalReceived(wait) => {
                let id = OperationId::recorded(wait.name, wait.identity);
                let value = payload(&row)?;
                self.result(&row, OperationKind::Wait, id, Outcome::Value(value));
            }
            Event::SignalExpired(wait) => {
                let id = OperationId::recorded(wait.name, wait.identity);
                let error = payload(&row)?;
                self.result(&row, OperationKind::Wait, id, Outcome::Error(error));
            }
            Event::ChildStarted(child) => {
                let run = child.child_run_id.parse();
                let run = run.map_err(|error| CorruptLog(format!("seq {}: {error}", row.seq)))?;
                let id = OperationId::recorded(child.name, child.identity);
                let workflow = child.child_workflow.into();
                self.history(id, OperationKind::Child).child = Some(StartedChild { run, workflow });
            }
            Event::ChildCompleted(child) => {
                let id = OperationId::recorded(child.name, child.identity);
                let value = payload(&row)?;
                self.result(&row, OperationKind::Child, id, Outcome::Value(value));
            }
            Event::ChildFailed(child) => {
                let id = OperationId::recorded(child.name, child.identity);
                let error = payload(&row)?;
                self.result(&row, OperationKind::Child, id, Outcome::Error(error));
            }
            Event::RetryExhausted(_)
            | Event::TimeoutSet(_)
            | Event::TimeoutExceeded(_)
            | Event::WorkflowCompleted(_)
            | Event::WorkflowFailed(_)
            | Event::WorkflowCancelled(_) => {}
            other => return Err(unknown(row.seq, other.event_type())),
        }
        Ok(())
    }

    fn history(&mut self, id: OperationId, kind: OperationKind) -> &mut History {
        self.histories
            .entry(id)
            .or_insert_with(|| History::new(kind))
    }

    fn result(&mut self, row: &Row, kind: OperationKind, id: OperationId, outcome: Outcome) {
        self.last_result_seq = row.seq;
        self.results.push_back(Recorded {
            turn: row.turn,
            seq: row.seq,
            kind,
            id,
            outcome,
        });
    }
}

fn payload(row: &Row) -> Result<Vec<u8>, CorruptLog> {
    row.payload
        .clone()
        .ok_or_else(|| CorruptLog(format!("seq {}: {} has no value", row.seq, row.event_type)))
}

fn unknown(seq: u64, event_type: EventType) -> CorruptLog {
    CorruptLog(format!(
        "seq {seq}: this version does not replay {event_type}; a newer version wrote it"
    ))
}
