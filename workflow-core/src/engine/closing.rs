//! Closes a run that nobody drives: claims it and writes its outcome, in one commit.

use std::sync::Arc;

use super::claim::free;
use super::core::Core;
use super::health::Concern;
use super::reach::Reach;
use crate::journal::{Divergence, Past};
use crate::run::{End, Interrupt, Outcome, RunState, Taken};
use crate::store::{
    Change, Claim, EndStatus, Refused, RunCommit, RunKey, RunNo, RunRecord, StoreError, Target,
};

impl Core {
    /// Closes a run whose log was read.
    ///
    /// False where somebody else was faster.
    pub(super) async fn close(
        self: &Arc<Self>,
        record: &RunRecord,
        past: Past,
        epoch: u64,
        outcome: Outcome,
    ) -> Result<bool, StoreError> {
        let target = free(record, epoch).into();
        self.commit_closed(target, record, past, outcome).await
    }

    /// The same for a run whose log cannot be read: its outcome follows whatever is there.
    pub(super) async fn close_unread(
        self: &Arc<Self>,
        record: &RunRecord,
        epoch: u64,
        outcome: Outcome,
    ) -> Result<(), StoreError> {
        let target = free(record, epoch).into();
        self.close_behind_log(target, record, outcome).await
    }

    /// Blocks a run that cannot be replayed.
    pub(super) async fn block_unread(
        self: &Arc<Self>,
        record: &RunRecord,
        epoch: u64,
        divergence: Divergence,
    ) -> Result<(), StoreError> {
        self.close_unread(record, epoch, blocked(divergence)).await
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
        let found = self.store.run(RunKey::No(run)).await?;
        let (Some(record), Some(epoch)) = (found, self.epoch()) else {
            return Ok(());
        };
        let target = match claim {
            Some(claim) => Target::Claimed(claim),
            None => free(&record, epoch).into(),
        };
        let outcome = blocked(Divergence::corrupt(why));
        self.close_behind_log(target, &record, outcome).await
    }

    /// Writes an outcome behind a log that was not read.
    async fn close_behind_log(
        self: &Arc<Self>,
        target: Target,
        record: &RunRecord,
        outcome: Outcome,
    ) -> Result<(), StoreError> {
        let Some(last) = self.store.last_row(record.run).await? else {
            return Ok(());
        };
        let past = Past::unread(last.seq, last.turn);
        let closed = self.commit_closed(target, record, past, outcome).await;
        closed.map(drop)
    }

    async fn commit_closed(
        self: &Arc<Self>,
        target: Target,
        record: &RunRecord,
        past: Past,
        outcome: Outcome,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let state = RunState::resume(record.run_id, self.fork_chance(), now, past);
        let mut state = state.shown(self.showing_no_values());
        state.close(now, outcome);
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
        match self.store.commit(vec![commit]).await?.pop() {
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

fn blocked(divergence: Divergence) -> Outcome {
    Outcome::Interrupted(Interrupt::Blocked(Box::new(divergence)))
}

const fn end(status: EndStatus) -> Change {
    Change::End {
        status,
        unless_cancelled: false,
    }
}
