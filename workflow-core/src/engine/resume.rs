//! Makes the driver of a claimed run, which goes on where the log ends.

use std::sync::Arc;

use tracing::Span;
use workflow_tracker::events::{PauseReason, ResumeCause};

use super::core::Core;
use super::driver::{Driver, Free, Hold};
use super::registry::Definition;
use crate::id::RunId;
use crate::journal::{Cause, Past};
use crate::run::{First, RunState, cause};
use crate::store::{Await, Request, RunRecord, RunStatus, StoreError};

/// What has come for a run while nobody drove it.
pub(super) struct Arrived {
    /// Its inbox, where it was read.
    inbox: Option<Vec<Request>>,
    /// Why the run goes on, where that is because of it.
    cause: Option<ResumeCause>,
    /// What is known of the code that recorded the run so far.
    code: Cause,
}

impl Core {
    /// What has come for a run, and what is known of its code.
    pub(super) async fn arrived(
        &self,
        record: &RunRecord,
        definition: &dyn Definition,
    ) -> Result<Arrived, StoreError> {
        let code = self.cause(record, definition).await;
        if record.status != RunStatus::Waiting || record.awaits.is_empty() {
            return Ok(Arrived {
                inbox: None,
                cause: None,
                code,
            });
        }
        let inbox = self.store.inbox(record.run).await?;
        let mut waits = inbox.iter().filter_map(|request| request.kind.ends());
        let awaited = waits.find(|wait| record.awaits.contains(wait));
        let cause = awaited.map(|wait| match wait {
            Await::Signal(_) => ResumeCause::Signal,
            Await::Child => ResumeCause::Child,
        });
        Ok(Arrived {
            inbox: Some(inbox),
            cause,
            code,
        })
    }

    /// The driver of an execution that goes on where the log ends, or why its input does not
    /// decode.
    pub(super) fn resume(
        self: &Arc<Self>,
        record: &RunRecord,
        past: Past,
        free: Free,
        definition: &dyn Definition,
        arrived: Arrived,
    ) -> Result<Driver, String> {
        let is_first = record.status == RunStatus::Queued;
        let input = past.input.clone();
        let state = self.state(record, past, definition, arrived);
        let (execution, claim) = self.execution(state);
        let run = definition.execute(Arc::clone(&execution), &input)?;
        let number = record.execution + 1;
        let span = run_span(record.run_id, &record.workflow, number, !is_first);
        let hold = Hold::Free(free);
        let driver = Driver::new(run, execution, hold, claim, self.options.park_from)
            .in_span(span)
            .by_code(definition.fingerprint());
        Ok(if is_first {
            driver
        } else {
            driver.claim_first()
        })
    }

    /// The state of a run that begins, or that goes on where the log ends.
    fn state(
        &self,
        record: &RunRecord,
        past: Past,
        definition: &dyn Definition,
        arrived: Arrived,
    ) -> RunState {
        let now = self.clock.now();
        let chance = self.fork_chance();
        let showing = self.showing(definition.spec());
        let mut state = if record.status == RunStatus::Queued {
            let first = First::Queued {
                last_seq: past.last_seq,
                input: definition.shown_input(&past.input, &showing),
                showing,
            };
            RunState::begin(record.run_id, chance, now, first)
        } else {
            let left = resume_cause(record, past.paused, past.blocked);
            let mut state = RunState::resume(record.run_id, chance, now, past)
                .shown(showing)
                .after(arrived.code);
            state.resumed(now, arrived.cause.unwrap_or(left));
            state
        };
        if let Some(inbox) = arrived.inbox {
            state.begin_look(now);
            state.looked(inbox);
        }
        state
    }
}

/// The span of an execution.
pub(super) fn run_span(run_id: RunId, workflow: &str, execution: u64, replay: bool) -> Span {
    tracing::info_span!(target: "workflow_core", "run", %run_id, workflow, execution, replay)
}

/// Why a run goes on, by how it was left.
fn resume_cause(record: &RunRecord, paused: Option<PauseReason>, was_blocked: bool) -> ResumeCause {
    match record.status {
        RunStatus::Waiting if was_blocked => ResumeCause::Released,
        RunStatus::Waiting => paused.map_or(ResumeCause::Sleep, cause),
        RunStatus::Blocked => ResumeCause::Released,
        RunStatus::Running if record.owner.is_some() => ResumeCause::Crash,
        RunStatus::Queued
        | RunStatus::Running
        | RunStatus::Completed
        | RunStatus::Failed
        | RunStatus::Cancelled => ResumeCause::Restart,
    }
}
