//! Reads the rows of a run's log, one after the other.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

use workflow_tracker::events::{ChildStarted, PauseReason, StepFailed, StepStarted};
use workflow_tracker::{Event, EventType, Timestamp};

use super::past::CorruptLog;
use super::{History, Journal, OperationId, Outcome, Past, Recorded, StartedChild};
use crate::codec;
use crate::spec::OperationKind;
use crate::store::Row;

/// What the rows read so far say.
#[derive(Default)]
pub(super) struct Reader {
    results: VecDeque<Recorded>,
    histories: HashMap<OperationId, History>,
    input: Option<Vec<u8>>,
    last_seq: u64,
    last_turn: u64,
    started_at: Option<Timestamp>,
    completed_steps: Vec<Cow<'static, str>>,
    paused: Option<PauseReason>,
    blocked: bool,
    last_result_seq: u64,
}

impl Reader {
    /// For a log of so many rows: about half of them ask for something, the others say what came
    /// of it.
    pub(super) fn of(rows: usize) -> Self {
        Self {
            results: VecDeque::with_capacity(rows / 2),
            histories: HashMap::with_capacity(rows / 2),
            ..Self::default()
        }
    }

    pub(super) fn row(&mut self, row: Row) -> Result<(), CorruptLog> {
        if row.seq != self.last_seq + 1 {
            return Err(CorruptLog(format!(
                "seq {} follows seq {}",
                row.seq, self.last_seq
            )));
        }
        self.last_seq = row.seq;
        self.last_turn = self.last_turn.max(row.turn);
        let event = Event::from_fields(row.event_type, &row.fields)
            .map_err(|error| corrupt(row.seq, error))?;
        self.event(event, row)
    }

    pub(super) fn finish(self) -> Result<Past, CorruptLog> {
        let input = self.input;
        let input = input.ok_or_else(|| CorruptLog("its first row holds no input".to_owned()))?;
        let journal = Journal::new(self.results, self.histories);
        Ok(Past {
            has_children: journal.has_children(),
            journal,
            input,
            last_seq: self.last_seq,
            last_turn: self.last_turn,
            started_at: self.started_at,
            completed_steps: self.completed_steps,
            paused: self.paused,
            blocked: self.blocked,
            last_result_seq: self.last_result_seq,
        })
    }

    /// What a row says; a result is read by [`result`](Self::result).
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
            Event::WorkflowCompleted(_)
            | Event::WorkflowFailed(_)
            | Event::WorkflowCancelled(_)
            | Event::RetryExhausted(_)
            | Event::TimeoutSet(_)
            | Event::TimeoutExceeded(_) => {}
            Event::StepStarted(step) => self.step_started(step, row.occurred_at),
            Event::StepFailed(step) if step.will_retry => return self.attempt_failed(step, &row),
            Event::RetryScheduled(retry) => {
                let id = OperationId::recorded(retry.step_name, retry.identity);
                self.history(id, OperationKind::Step).retry_at = Some(retry.next_attempt_at);
            }
            Event::SleepStarted(sleep) => {
                let id = OperationId::recorded(sleep.name, sleep.identity);
                let asked = (sleep.duration_ms, sleep.resume_at);
                self.history(id, OperationKind::Sleep).sleep = Some(asked);
            }
            Event::SignalAwaited(wait) => {
                let id = OperationId::recorded(wait.name, wait.identity);
                self.history(id, OperationKind::Wait).deadline = Some(wait.deadline.into());
            }
            Event::ChildStarted(child) => return self.child_started(child, row.seq),
            other => return self.result(other, row),
        }
        Ok(())
    }

    /// What a row says that records the result of an operation.
    fn result(&mut self, event: Event, row: Row) -> Result<(), CorruptLog> {
        use OperationKind::{Child, Sleep, Step, Value, Wait};
        let (kind, name, identity, end) = match event {
            Event::StepCompleted(step) => {
                self.completed_steps.push(step.step_name.clone().into());
                (Step, step.step_name, step.identity, End::Value)
            }
            Event::StepFailed(step) => (Step, step.step_name, step.identity, End::Error),
            Event::SleepCompleted(sleep) => (Sleep, sleep.name, sleep.identity, End::Elapsed),
            Event::ValueRecorded(value) => (Value, value.name, value.identity, End::Value),
            Event::SignalReceived(wait) => (Wait, wait.name, wait.identity, End::Value),
            Event::SignalExpired(wait) => (Wait, wait.name, wait.identity, End::Error),
            Event::ChildCompleted(child) => (Child, child.name, child.identity, End::Value),
            Event::ChildFailed(child) => (Child, child.name, child.identity, End::Error),
            other => return Err(unknown(row.seq, other.event_type())),
        };
        self.last_result_seq = row.seq;
        let id = OperationId::recorded(name, identity);
        self.note_result(&id, kind);
        self.results.push_back(Recorded {
            turn: row.turn,
            seq: row.seq,
            kind,
            id,
            outcome: end.outcome(row)?,
            asker: None,
        });
        Ok(())
    }

    /// The next result is of this operation; of some, no event says that they were asked for.
    fn note_result(&mut self, id: &OperationId, kind: OperationKind) {
        let at = Some(self.results.len());
        match self.histories.get_mut(id) {
            Some(history) => history.result = at,
            None => self.history(id.clone(), kind).result = at,
        }
    }

    fn step_started(&mut self, step: StepStarted, at: Timestamp) {
        let id = OperationId::recorded(step.step_name, step.identity);
        let history = self.history(id, OperationKind::Step);
        history.attempt = step.attempt;
        history.first_at.get_or_insert(at);
        history.retry_at = None;
        history.site = Some(step.site);
    }

    /// An attempt failed that is tried again; where its message is not shown whole, the payload
    /// has it.
    fn attempt_failed(&mut self, step: StepFailed, row: &Row) -> Result<(), CorruptLog> {
        let whole = row.payload.as_deref().map(codec::decode).transpose();
        let whole = whole.map_err(|why| corrupt(row.seq, why))?;
        let id = OperationId::recorded(step.step_name, step.identity);
        let history = self.history(id, OperationKind::Step);
        history.failures.push(whole.unwrap_or(step.error.message));
        Ok(())
    }

    fn child_started(&mut self, child: ChildStarted, seq: u64) -> Result<(), CorruptLog> {
        let run = child.child_run_id.parse();
        let run = run.map_err(|error| corrupt(seq, error))?;
        let id = OperationId::recorded(child.name, child.identity);
        let workflow = child.child_workflow.into();
        self.history(id, OperationKind::Child).child = Some(StartedChild { run, workflow });
        Ok(())
    }

    fn history(&mut self, id: OperationId, kind: OperationKind) -> &mut History {
        let history = self.histories.entry(id);
        history.or_insert_with(|| History::new(kind))
    }
}

/// How an operation ended.
enum End {
    /// With the value in the row's payload.
    Value,
    /// With the error in the row's payload.
    Error,
    /// With the passing of time.
    Elapsed,
}

impl End {
    fn outcome(self, row: Row) -> Result<Outcome, CorruptLog> {
        let Row {
            payload,
            event_type,
            seq,
            ..
        } = row;
        let payload = || payload.ok_or_else(|| corrupt(seq, format!("{event_type} has no value")));
        Ok(match self {
            Self::Value => Outcome::Value(payload()?),
            Self::Error => Outcome::Error(payload()?),
            Self::Elapsed => Outcome::Elapsed,
        })
    }
}

fn corrupt(seq: u64, why: impl std::fmt::Display) -> CorruptLog {
    CorruptLog(format!("seq {seq}: {why}"))
}

fn unknown(seq: u64, event_type: EventType) -> CorruptLog {
    let what = format!("this version does not replay {event_type}; a newer version wrote it");
    corrupt(seq, what)
}
