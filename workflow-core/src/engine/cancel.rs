//! Cancels runs, whoever drives them.

use std::sync::Arc;
use std::time::Duration;

use super::core::Core;
use super::mailbox::Mail;
use crate::error::Cancelled;
use crate::run::{Interrupt, Outcome};
use crate::store::{
    NewRequest, RequestKind, RequestReply, RunKey, RunNo, RunRecord, RunStatus, StoreError,
};

/// How long to wait for a run that is between two owners.
const BETWEEN_OWNERS: Duration = Duration::from_millis(2);

impl Core {
    /// Asks for a run to be cancelled. Once the answer is yes, the run never completes.
    pub(super) async fn cancel(
        self: &Arc<Self>,
        record: &RunRecord,
        reason: Option<String>,
    ) -> Result<Cancelled, StoreError> {
        let request = NewRequest {
            run: record.run,
            kind: RequestKind::Cancel {
                reason: reason.clone(),
            },
            at: self.clock.now(),
        };
        match self.store.request(request).await? {
            RequestReply::Unknown => return Ok(Cancelled::Unknown),
            RequestReply::Ended(status) => return Ok(Cancelled::Ended(status)),
            RequestReply::Accepted => {}
        }
        // An engine that does not execute leaves the rest to the one that does, which looks into
        // the inbox.
        if self.epoch().is_some() {
            self.deliver_cancel(record.run, reason).await?;
        }
        Ok(Cancelled::Accepted)
    }

    /// Brings a cancel that is in the inbox to whoever drives the run, or closes the run.
    async fn deliver_cancel(
        self: &Arc<Self>,
        run: RunNo,
        reason: Option<String>,
    ) -> Result<(), StoreError> {
        match self.mailbox(run) {
            Some(mailbox) => {
                mailbox.send(Mail::Cancel { reason });
                Ok(())
            }
            None => self.close_cancelled(run, reason).await,
        }
    }

    /// Closes a run that nobody drives as cancelled. If somebody takes it meanwhile, it is told.
    pub(super) async fn close_cancelled(
        self: &Arc<Self>,
        run: RunNo,
        reason: Option<String>,
    ) -> Result<(), StoreError> {
        while let Some(epoch) = self.epoch() {
            if let Some(mailbox) = self.mailbox(run) {
                mailbox.send(Mail::Cancel { reason });
                return Ok(());
            }
            let record = self.store.run(RunKey::No(run)).await?;
            let Some(record) = record.filter(|record| !record.status.is_terminal()) else {
                return Ok(());
            };
            let is_between = record.status == RunStatus::Running && record.owner == Some(epoch);
            if !is_between && self.close_record(&record, epoch, reason.clone()).await? {
                return Ok(());
            }
            self.ticker.pause(BETWEEN_OWNERS).await;
        }
        Ok(())
    }

    async fn close_record(
        self: &Arc<Self>,
        record: &RunRecord,
        epoch: u64,
        reason: Option<String>,
    ) -> Result<bool, StoreError> {
        let outcome = Outcome::Interrupted(Interrupt::Cancelled { reason });
        match self.past(record.run).await? {
            Ok(past) => self.close(record, past, epoch, outcome).await,
            Err(_) => self
                .close_unread(record, epoch, outcome)
                .await
                .map(|()| true),
        }
    }
}
