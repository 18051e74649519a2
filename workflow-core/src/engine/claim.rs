//! Claims a run that nobody drives, reads its past, and drives it on.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::SemaphorePermit;
use tracing::Span;
use workflow_tracker::events::{ErrorKind, PauseReason, ResumeCause};

use super::core::Core;
use super::drive::Drive;
use super::driver::{Driver, Free, Hold};
use super::health::Concern;
use super::mailbox::Mailbox;
use super::reach::Reach;
use super::registry::Definition;
use super::slots::Slot;
use crate::error::Failure;
use crate::id::RunId;
use crate::journal::{Cause, Divergence, Past};
use crate::run::{End, First, Interrupt, Outcome, RunState, Taken, cause};
use crate::store::{
    Await, Change, Claim, CrashCount, EndStatus, ReadRows, Refused, Request, Row, RunCommit,
    RunKey, RunNo, RunRecord, RunStatus, StoreError, Target,
};

/// From so many claims after a crash on, a run is a suspect.
const SUSPECT_FROM: u32 = 3;
const SUSPECT_PAUSE_MIN: Duration = Duration::from_millis(100);
const SUSPECT_PAUSE_MAX: Duration = Duration::from_secs(60);
/// The pause after a claim that failed.
const FAILED_PAUSE: Duration = Duration::from_millis(100);
/// Rows that are read at once.
const ROWS_MAX: usize = 4096;

impl Core {
    /// Claims a run and drives it, in a task of its own, unless it is in memory already. Where the
    /// slot is not held, the task waits for it.
    pub(super) fn claim(self: &Arc<Self>, record: RunRecord, slot: Slot) {
        let mailbox = Arc::new(Mailbox::claiming());
        if !self.try_enter(record.run, &mailbox) {
            return;
        }
        let core = Arc::clone(self);
        tokio::spawn(async move {
            let run = record.run;
            let driven = core.drive_claimed(record, &mailbox, slot).await;
            core.left(run, &mailbox);
            match driven {
                Ok(()) => core.health.recovered(Concern::Run(run)),
                Err(error) => {
                    core.health.failed(Concern::Run(run), &error);
                    // The scheduler finds the run again; not at once, since the store fails.
                    core.ticker.pause(FAILED_PAUSE).await;
                    core.schedule.notify_one();
                }
            }
        });
    }

    async fn drive_claimed(
        self: &Arc<Self>,
        record: RunRecord,
        mailbox: &Arc<Mailbox>,
        mut slot: Slot,
    ) -> Result<(), StoreError> {
        let Some(epoch) = self.epoch() else {
            return Ok(());
        };
        let past = match self.past(record.run).await? {
            Ok(past) => past,
            Err(why) => {
                let divergence = Box::new(Divergence::corrupt(&why));
                let outcome = Outcome::Interrupted(Interrupt::Blocked(divergence));
                return self.close_unread(&record, epoch, outcome).await;
            }
        };
        let crashes = crashes(&record, &past, epoch);
        let in_a_row = crashes.map_or(0, |crashes| crashes.count);
        if in_a_row > self.options.recoveries_max {
            let outcome = crash_loop(in_a_row);
            return self.close(&record, past, epoch, outcome).await.map(drop);
        }
        let _suspect = if in_a_row >= SUSPECT_FROM {
            // A suspect waits at nobody's cost.
            slot.let_go();
            // A letter ends the wait: a cancel closes the run without executing it again.
            tokio::select! {
                turn = self.suspects_turn(in_a_row) => turn,
                () = mailbox.mail() => None,
            }
        } else {
            None
        };
        tokio::select! {
            () = slot.hold_when_free() => {}
            () = mailbox.mail() => {}
        }
        if self.is_stopped() {
            return Ok(());
        }
        let Some(definition) = self.registry.get(&record.workflow, record.version) else {
            return Ok(());
        };
        let free = Free {
            run: record.run,
            execution: record.execution,
            epoch,
            fingerprint: record.fingerprint,
            crashes,
        };
        let arrived = Arrived {
            code: self.cause(&record, &**definition).await,
            ..self.arrived(&record).await?
        };
        match self.resume(&record, past, free, definition, arrived) {
            Resumed::Driver(driver) => {
                let core = Arc::clone(self);
                let mailbox = Arc::clone(mailbox);
                Drive::new(core, *driver, mailbox, slot, Some(record.run), None)
                    .of_parent(record.parent)
                    .await;
                Ok(())
            }
            Resumed::Undecodable(why) => {
                let divergence = Box::new(Divergence::input(&why));
                let outcome = Outcome::Interrupted(Interrupt::Blocked(divergence));
                self.close_unread(&record, epoch, outcome).await
            }
        }
    }

    /// What has come for a run that waits for more than time.
    async fn arrived(&self, record: &RunRecord) -> Result<Arrived, StoreError> {
        if record.status != RunStatus::Waiting || record.awaits.is_empty() {
            return Ok(Arrived::default());
        }
        let inbox = self.store.inbox(record.run).await?;
        let mut waits = inbox.iter().filter_map(|request| request.kind.ends());
        let awaited = waits.find(|wait| record.awaits.contains(wait));
        let cause = awaited.map(|wait| match wait {
            Await::Signal(_) => ResumeCause::Signal,
            Await::Child(_) => ResumeCause::Child,
        });
        Ok(Arrived {
            inbox: Some(inbox),
            cause,
            code: Cause::Unknown,
        })
    }

    /// Waits until a suspect may be tried again: one at a time, after a pause.
    async fn suspects_turn(&self, in_a_row: u32) -> Option<SemaphorePermit<'_>> {
        self.ticker.pause(suspect_pause(in_a_row)).await;
        // An error would say that the semaphore is closed, which it never is.
        self.suspects.acquire().await.ok()
    }

    /// The driver of an execution that goes on where the log ends.
    fn resume(
        self: &Arc<Self>,
        record: &RunRecord,
        past: Past,
        free: Free,
        definition: &Arc<dyn Definition>,
        arrived: Arrived,
    ) -> Resumed {
        let now = self.clock.now();
        let input = past.input.clone();
        let chance = self.fork_chance();
        let is_first = record.status == RunStatus::Queued;
        let (paused, was_blocked) = (past.paused, past.blocked);
        let showing = self.showing(definition.spec());
        let mut state = if is_first {
            let first = First::Queued {
                last_seq: past.last_seq,
                input: definition.shown_input(&input, &showing),
                showing,
            };
            RunState::begin(record.run_id, chance, now, first)
        } else {
            RunState::resume(record.run_id, chance, now, past)
                .shown(showing)
                .after(arrived.code)
        };
        if !is_first {
            let cause = arrived
                .cause
                .unwrap_or_else(|| resume_cause(record, paused, was_blocked));
            state.resumed(now, cause);
        }
        if let Some(inbox) = arrived.inbox {
            state.begin_look(now);
            state.looked(inbox);
        }
        let (execution, claim) = self.execution(state);
        let run = match definition.execute(Arc::clone(&execution), &input) {
            Ok(run) => run,
            Err(why) => return Resumed::Undecodable(why),
        };
        let hold = Hold::Free(free);
        let span = run_span(
            record.run_id,
            &record.workflow,
            record.execution + 1,
            !is_first,
        );
        let driver = Driver::new(run, execution, hold, claim, self.options.park_from)
            .in_span(span)
            .by_code(definition.fingerprint());
        Resumed::Driver(Box::new(if is_first {
            driver
        } else {
            driver.claim_first()
        }))
    }

    /// The log of a run, read; or why it cannot be replayed.
    pub(super) async fn past(&self, run: RunNo) -> Result<Result<Past, String>, StoreError> {
        let rows = self.rows(run).await?;
        Ok(Past::read(rows).map_err(|error| error.to_string()))
    }

    /// All rows of a run, read page by page.
    pub(super) async fn rows(&self, run: RunNo) -> Result<Vec<Row>, StoreError> {
        let mut rows: Vec<Row> = Vec::new();
        loop {
            let after = rows.last().map_or(0, |row| row.seq);
            let read = ReadRows {
                run,
                after,
                rows_max: ROWS_MAX,
            };
            let page = self.store.rows(read).await?;
            let is_last = page.len() < ROWS_MAX;
            rows.extend(page);
            if is_last {
                return Ok(rows);
            }
        }
    }

    /// Closes a run that nobody drives: claims it and writes its outcome in one commit.
    ///
    /// False where somebody else was faster.
    pub(super) async fn close(
        self: &Arc<Self>,
        record: &RunRecord,
        past: Past,
        epoch: u64,
        outcome: Outcome,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let state = RunState::resume(record.run_id, self.fork_chance(), now, past);
        let mut state = state.shown(self.showing_no_values());
        state.close(now, outcome);
        self.commit_closed(record, epoch, state).await
    }

    /// The same for a run whose log cannot be read: its outcome follows whatever is there.
    pub(super) async fn close_unread(
        self: &Arc<Self>,
        record: &RunRecord,
        epoch: u64,
        outcome: Outcome,
    ) -> Result<(), StoreError> {
        let Some(last) = self.store.last_row(record.run).await? else {
            return Ok(());
        };
        let now = self.clock.now();
        let past = Past::unread(last.seq, last.turn);
        let state = RunState::resume(record.run_id, self.fork_chance(), now, past);
        let mut state = state.shown(self.showing_no_values());
        state.close(now, outcome);
        self.commit_closed(record, epoch, state).await.map(drop)
    }

    async fn commit_closed(
        self: &Arc<Self>,
        record: &RunRecord,
        epoch: u64,
        state: RunState,
    ) -> Result<bool, StoreError> {
        let free = Free {
            run: record.run,
            execution: record.execution,
            epoch,
            fingerprint: record.fingerprint,
            crashes: None,
        };
        self.commit_closed_as(free.into(), record, state).await
    }

    /// Blocks a run whose commits the store refuses for good, such as where something else wrote
    /// to its log.
    pub(super) async fn block_unwritable(
        self: &Arc<Self>,
        run: RunNo,
        claim: Option<Claim>,
        why: &str,
    ) {
        if let Err(error) = self.try_block_unwritable(run, claim, why).await {
            self.health.failed(Concern::Run(run), &error);
        }
    }

    async fn try_block_unwritable(
        self: &Arc<Self>,
        run: RunNo,
        claim: Option<Claim>,
        why: &str,
    ) -> Result<(), StoreError> {
        let outcome = Outcome::Interrupted(Interrupt::Blocked(Box::new(Divergence::corrupt(why))));
        let found = self.store.run(RunKey::No(run)).await?;
        let (Some(record), Some(epoch)) = (found, self.epoch()) else {
            return Ok(());
        };
        let Some(claim) = claim else {
            return self.close_unread(&record, epoch, outcome).await;
        };
        let Some(last) = self.store.last_row(run).await? else {
            return Ok(());
        };
        let past = Past::unread(last.seq, last.turn);
        let now = self.clock.now();
        let state = RunState::resume(record.run_id, self.fork_chance(), now, past);
        let mut state = state.shown(self.showing_no_values());
        state.close(now, outcome);
        let blocked = self
            .commit_closed_as(Target::Claimed(claim), &record, state)
            .await;
        blocked.map(drop)
    }

    async fn commit_closed_as(
        self: &Arc<Self>,
        target: Target,
        record: &RunRecord,
        mut state: RunState,
    ) -> Result<bool, StoreError> {
        let change = match state.end() {
            Some(End::Cancelled) => end(EndStatus::Cancelled),
            Some(End::Failed) => end(EndStatus::Failed),
            Some(End::Blocked) => Change::Block,
            other => unreachable!("a run that nobody drives is not closed as {other:?}"),
        };
        let Taken {
            rows, mut effects, ..
        } = state.turns().take();
        effects.cancels = state.cancels();
        let commit = RunCommit::new(target, rows, self.clock.now())
            .with_change(change)
            .with_effects(effects);
        let reach = Reach::of(&commit);
        let reply = self.store.commit(vec![commit]).await?.pop();
        match reply {
            Some(Ok(committed)) => {
                self.told(committed, true);
                self.reached(reach, record.parent);
                if let Some(conclusion) = state.take_conclusion() {
                    self.conclude(record.run, conclusion);
                }
                Ok(true)
            }
            Some(Err(Refused::Failed(error))) => Err(error),
            Some(Err(Refused::CancelRequested { .. } | Refused::Exists(_) | Refused::Fenced))
            | None => Ok(false),
        }
    }
}

/// The span of an execution.
pub(super) fn run_span(run_id: RunId, workflow: &str, execution: u64, replay: bool) -> Span {
    tracing::info_span!(target: "workflow_core", "run", %run_id, workflow, execution, replay)
}

/// What has come for a run while nobody drove it.
#[derive(Default)]
struct Arrived {
    /// Its inbox, where it was read.
    inbox: Option<Vec<Request>>,
    /// Why the run goes on, where that is because of it.
    cause: Option<ResumeCause>,
    /// What is known of the code that recorded the run so far.
    code: Cause,
}

/// What became of the attempt to go on with a run.
enum Resumed {
    Driver(Box<Driver>),
    Undecodable(String),
}

const fn end(status: EndStatus) -> Change {
    Change::End {
        status,
        unless_cancelled: false,
    }
}

/// The new crash count, if whoever drove the run died while it was running.
fn crashes(record: &RunRecord, past: &Past, epoch: u64) -> Option<CrashCount> {
    let owner = record.owner?;
    if record.status != RunStatus::Running || owner == epoch {
        return None;
    }
    let progressed = past.last_result_seq > record.crashes.at_seq;
    let before = if progressed { 0 } else { record.crashes.count };
    Some(CrashCount {
        count: before + 1,
        at_seq: past.last_seq,
    })
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

fn crash_loop(crashes: u32) -> Outcome {
    let message = format!(
        "the process died {crashes} times in a row while it drove this run, so it was given up; \
         look for what kills the process (a stack overflow, an abort, memory), then start the \
         run again under a new id"
    );
    Outcome::Failed(Box::new(Failure::new(ErrorKind::CrashLoop, message)))
}

/// How long a suspect waits before it is tried again: doubling from 100 ms to a minute.
fn suspect_pause(in_a_row: u32) -> Duration {
    let doublings = in_a_row.saturating_sub(SUSPECT_FROM).min(16);
    (SUSPECT_PAUSE_MIN * 2_u32.pow(doublings)).min(SUSPECT_PAUSE_MAX)
}
