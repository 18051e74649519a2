//! Claims a run that nobody drives, reads its past, and drives it on.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::SemaphorePermit;
use workflow_tracker::events::ErrorKind;

use super::core::Core;
use super::drive::Drive;
use super::driver::Free;
use super::health::Concern;
use super::mailbox::Mailbox;
use super::slots::Slot;
use crate::error::Failure;
use crate::journal::{Divergence, Past};
use crate::run::Outcome;
use crate::store::{CrashCount, ReadRows, Row, RunNo, RunRecord, RunStatus, StoreError};

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
                let divergence = Divergence::corrupt(&why);
                return self.block_unread(&record, epoch, divergence).await;
            }
        };
        let crashes = crashes(&record, &past, epoch);
        let in_a_row = crashes.map_or(0, |crashes| crashes.count);
        if in_a_row > self.options.recoveries_max {
            let outcome = crash_loop(in_a_row);
            return self.close(&record, past, epoch, outcome).await.map(drop);
        }
        let _suspect = self.may_execute(in_a_row, mailbox, &mut slot).await;
        if self.is_stopped() {
            return Ok(());
        }
        let Some(definition) = self.registry.get(&record.workflow, record.version) else {
            return Ok(());
        };
        let arrived = self.arrived(&record, &**definition).await?;
        let free = Free {
            crashes,
            ..free(&record, epoch)
        };
        let driver = match self.resume(&record, past, free, &**definition, arrived) {
            Ok(driver) => driver,
            Err(why) => {
                let divergence = Divergence::input(&why);
                return self.block_unread(&record, epoch, divergence).await;
            }
        };
        let (core, mailbox) = (Arc::clone(self), Arc::clone(mailbox));
        Drive::new(core, driver, mailbox, slot, Some(record.run), None)
            .of_parent(record.parent)
            .await;
        Ok(())
    }

    /// Waits until a run may execute: until there is a slot and, for a suspect, until it is its
    /// turn, which ends when the permit is dropped. A letter ends both waits: a cancel closes the
    /// run without executing it again.
    async fn may_execute(
        &self,
        crashes: u32,
        mailbox: &Mailbox,
        slot: &mut Slot,
    ) -> Option<SemaphorePermit<'_>> {
        let suspect = if crashes >= SUSPECT_FROM {
            // A suspect waits at nobody's cost.
            slot.let_go();
            tokio::select! {
                turn = self.suspects_turn(crashes) => turn,
                () = mailbox.mail() => None,
            }
        } else {
            None
        };
        tokio::select! {
            () = slot.hold_when_free() => {}
            () = mailbox.mail() => {}
        }
        suspect
    }

    /// Waits until a suspect may be tried again: one at a time, after a pause.
    async fn suspects_turn(&self, in_a_row: u32) -> Option<SemaphorePermit<'_>> {
        self.ticker.pause(suspect_pause(in_a_row)).await;
        // An error would say that the semaphore is closed, which it never is.
        self.suspects.acquire().await.ok()
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
}

/// The claim of a run that nobody drives.
pub(super) const fn free(record: &RunRecord, epoch: u64) -> Free {
    Free {
        run: record.run,
        execution: record.execution,
        epoch,
        fingerprint: record.fingerprint,
        crashes: None,
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
