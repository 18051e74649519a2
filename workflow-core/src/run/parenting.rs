//! How a child moves, as its parent sees it: started, completed or failed.

use std::task::Waker;

use uuid::Uuid;
use workflow_tracker::events::{
    ChildCompleted, ChildFailed, ChildStarted, ErrorInfo, ErrorKind, WorkflowQueued,
};
use workflow_tracker::{Captured, Event, EventType, Timestamp};

use super::operation::{Kind, Stage};
use super::stepping::encoded;
use super::table::Operation;
use super::{Conclusion, OperationNo, RunState};
use crate::codec;
use crate::error::{Failure, StepError};
use crate::id::RunId;
use crate::journal::{Outcome, StartedChild};
use crate::showing::Showing;
use crate::spec::Spec;
use crate::store::{
    CancelChildren, Children, EndStatus, NewChild, NewRow, NewRun, NewStatus, Request, RequestKind,
};

/// What a child's future does after asking the run.
#[derive(Debug)]
pub(crate) enum ChildPoll {
    /// Nothing, until it is woken.
    Pending,
    /// Hand the recorded result to the body.
    Recorded(Outcome),
    /// Start the child.
    Bear,
}

/// A child that is to be started.
#[derive(Debug)]
pub(crate) struct Birth {
    /// Its workflow.
    pub(crate) spec: &'static Spec,
    /// Its input, encoded.
    pub(crate) input: Vec<u8>,
    /// The input as the child's events show it.
    pub(crate) shown: Option<Captured>,
    /// What the child's events show.
    pub(crate) showing: Showing,
}

/// What an execution knows of the run's children as a whole.
#[derive(Debug, Default)]
pub(super) struct Family {
    /// Some were started, in this execution or before.
    started: bool,
    /// Those that the body no longer waits for.
    abandoned: Vec<RunId>,
    /// The body is dropped as a whole: whatever it waits for stays as it is.
    kept: bool,
}

impl Family {
    pub(super) fn of(started: bool) -> Self {
        Self {
            started,
            ..Self::default()
        }
    }
}

impl RunState {
    /// A poll of a child's future.
    pub(crate) fn poll_child(
        &mut self,
        no: OperationNo,
        waker: &Waker,
        now: Timestamp,
    ) -> ChildPoll {
        self.ask(no, waker);
        match self.operation(no).stage() {
            Stage::Held => self.poll_held_child(no, now),
            Stage::Awaiting { .. } => self.poll_started(no, now),
            Stage::Named
            | Stage::Asked { .. }
            | Stage::Ready
            | Stage::Running { .. }
            | Stage::Waiting { .. }
            | Stage::Done => ChildPoll::Pending,
        }
    }

    fn poll_held_child(&mut self, no: OperationNo, now: Timestamp) -> ChildPoll {
        if let Some(outcome) = self.replay(no) {
            return ChildPoll::Recorded(outcome);
        }
        if !self.may_begin() {
            return ChildPoll::Pending;
        }
        let id = self.identity(no);
        let history = self.journal.history(&id);
        let Some(started) = history.and_then(|history| history.child.clone()) else {
            return ChildPoll::Bear;
        };
        self.operation_mut(no).kind = Kind::Child(Box::new(started));
        self.poll_started(no, now)
    }

    fn poll_started(&mut self, no: OperationNo, now: Timestamp) -> ChildPoll {
        if let Some(request) = self.take_request(no, None) {
            return ChildPoll::Recorded(self.child_ended(no, request, now));
        }
        let looking = !self.arrivals.is_current();
        self.set_stage(
            no,
            Stage::Awaiting {
                until: None,
                looking,
            },
        );
        ChildPoll::Pending
    }

    /// Starts the child: it is created by the commit that holds `child.started`.
    pub(crate) fn bear(&mut self, no: OperationNo, birth: Birth, now: Timestamp) {
        let run_id = self.child(no).run;
        self.set_stage(
            no,
            Stage::Awaiting {
                until: None,
                looking: false,
            },
        );
        let operation = self.operation(no);
        let started = ChildStarted {
            name: operation.site.name.to_owned(),
            child_run_id: run_id.to_string(),
            child_workflow: birth.spec.name.to_owned(),
            identity: operation.id.identity(),
        };
        let event_id = self.turns.chance().uuid(now);
        let child = NewChild {
            run: new_run(run_id, &birth, now),
            row: queued(birth, event_id, now),
        };
        self.turns.bear(now, started, child, no);
        self.family.started = true;
    }

    /// A child whose input cannot be recorded is not started.
    pub(crate) fn not_born(
        &mut self,
        no: OperationNo,
        failure: &Failure,
        now: Timestamp,
    ) -> Outcome {
        self.child_failed(no, failure, None, now)
    }

    /// Records how the child ended.
    fn child_ended(&mut self, no: OperationNo, request: Request, now: Timestamp) -> Outcome {
        let RequestKind::ChildEnded {
            status,
            fields,
            payload,
            ..
        } = request.kind
        else {
            unreachable!("only the end of a child ends a wait for one");
        };
        let failure = match (status, payload) {
            (EndStatus::Completed, Some(output)) => {
                return self.child_completed(no, output, request.id, now);
            }
            (EndStatus::Completed, None) => {
                Failure::new(ErrorKind::Encoding, "the child recorded no output")
            }
            (EndStatus::Failed, whole) => failed(&fields, whole.as_deref()),
            (EndStatus::Cancelled, _) => cancelled(&fields),
        };
        self.child_failed(no, &failure, Some(request.id), now)
    }

    fn child_completed(
        &mut self,
        no: OperationNo,
        output: Vec<u8>,
        request: u64,
        now: Timestamp,
    ) -> Outcome {
        let StartedChild { run, workflow } = self.child(no).clone();
        self.set_stage(no, Stage::Done);
        let operation = self.operation(no);
        let completed = ChildCompleted {
            name: operation.site.name.to_owned(),
            child_run_id: run.to_string(),
            child_workflow: workflow.into_owned(),
            identity: operation.id.identity(),
        };
        self.turns
            .push_used(now, completed, output.clone(), request);
        Outcome::Value(output)
    }

    fn child_failed(
        &mut self,
        no: OperationNo,
        failure: &Failure,
        request: Option<u64>,
        now: Timestamp,
    ) -> Outcome {
        let StartedChild { run, workflow } = self.child(no).clone();
        let (shown, _) = self.showing.failure(failure);
        self.set_stage(no, Stage::Done);
        let operation = self.operation(no);
        let name = operation.site.name;
        let event = ChildFailed {
            name: name.to_owned(),
            child_run_id: run.to_string(),
            child_workflow: workflow.into_owned(),
            error: Some(shown),
            identity: operation.id.identity(),
        };
        let error = encoded(&StepError::new(name, 1, Vec::new(), failure.clone()));
        match request {
            Some(request) => self.turns.push_used(now, event, error.clone(), request),
            None => self.push(now, event, Some(error.clone())),
        }
        Outcome::Error(error)
    }

    /// An operation was dropped that had not ended: a child that it had started is cancelled with
    /// the next commit, unless its birth was `withdrawn`, or the body goes on later.
    pub(super) fn abandon(&mut self, operation: &Operation, withdrawn: bool) {
        let Kind::Child(child) = &operation.kind else {
            return;
        };
        let history = self.journal.history(&operation.id);
        let started = match operation.stage() {
            Stage::Awaiting { .. } => Some(child.run),
            // An earlier execution may have started it, before this one polled it.
            Stage::Named | Stage::Held => {
                history.and_then(|history| Some(history.child.as_ref()?.run))
            }
            Stage::Asked { .. }
            | Stage::Ready
            | Stage::Running { .. }
            | Stage::Waiting { .. }
            | Stage::Done => None,
        };
        if !withdrawn && !self.family.kept {
            self.family.abandoned.extend(started);
        }
    }

    /// The body is dropped as a whole: what it waits for stays as it is.
    pub(crate) const fn begin_dropping(&mut self) {
        self.family.kept = true;
    }

    /// The children that the next commit cancels: those of an ended run, or those that its body
    /// no longer waits for.
    pub(crate) fn cancels(&mut self) -> Option<CancelChildren> {
        let abandoned = std::mem::take(&mut self.family.abandoned);
        let (which, reason) = match self.ended_as() {
            Some(reason) if self.family.started => (Children::All, reason),
            None if !abandoned.is_empty() => {
                let reason = "the run that started it no longer waits for it".to_owned();
                (Children::These(abandoned), reason)
            }
            Some(_) | None => return None,
        };
        Some(CancelChildren { which, reason })
    }

    /// Why the children of a run are cancelled that has ended.
    fn ended_as(&self) -> Option<String> {
        let started = "the run that started it";
        match self.conclusion.as_ref()? {
            Conclusion::Completed(_) => Some(format!("{started} completed without it")),
            Conclusion::Failed(_) => Some(format!("{started} failed")),
            Conclusion::Cancelled { reason: None } => Some(format!("{started} was cancelled")),
            Conclusion::Cancelled {
                reason: Some(reason),
            } => Some(format!("{started} was cancelled: {reason}")),
            Conclusion::Blocked { .. } => None,
        }
    }

    fn child(&self, no: OperationNo) -> &StartedChild {
        match &self.operation(no).kind {
            Kind::Child(child) => child,
            Kind::Step(_) | Kind::Sleep { .. } | Kind::Value | Kind::Wait(_) => {
                unreachable!("a child's future holds the number of a child")
            }
        }
    }
}

fn new_run(run_id: RunId, birth: &Birth, now: Timestamp) -> NewRun {
    NewRun {
        run_id,
        workflow: birth.spec.name.into(),
        version: birth.spec.version,
        user_id: None,
        input_digest: codec::digest(&birth.input),
        fingerprint: birth.spec.fingerprint(),
        lane: run_id.lane(),
        status: NewStatus::Queued { wake_at: now },
    }
}

/// The first row of a child.
fn queued(birth: Birth, event_id: Uuid, now: Timestamp) -> NewRow {
    let event = Event::from(WorkflowQueued {
        input: birth.shown,
        start_at: None,
    });
    NewRow {
        seq: 1,
        turn: 0,
        event_id,
        event_type: event.event_type(),
        occurred_at: now,
        fields: event.to_fields(),
        audience: birth.showing.audience(),
        payload: Some(birth.input),
    }
}

/// How a child failed, by its last row.
fn failed(fields: &str, whole: Option<&[u8]>) -> Failure {
    let whole = whole.and_then(|whole| codec::decode::<ErrorInfo>(whole).ok());
    let shown = || match Event::from_fields(EventType::WorkflowFailed, fields) {
        Ok(Event::WorkflowFailed(failed)) => Some(failed.error),
        _ => None,
    };
    let Some(info) = whole.or_else(shown) else {
        return Failure::new(ErrorKind::Error, "the child failed");
    };
    Failure {
        type_name: info.type_name,
        chain: info.chain,
        stack: info.stack,
        step: info.step_name.zip(info.attempt),
        ..Failure::new(ErrorKind::Error, info.message)
    }
}

/// That a child was cancelled, by its last row.
fn cancelled(fields: &str) -> Failure {
    let reason = match Event::from_fields(EventType::WorkflowCancelled, fields) {
        Ok(Event::WorkflowCancelled(cancelled)) => cancelled.reason,
        _ => None,
    };
    let message = match reason {
        Some(reason) => format!("the child was cancelled: {reason}"),
        None => "the child was cancelled".to_owned(),
    };
    Failure::new(ErrorKind::Cancelled, message)
}
