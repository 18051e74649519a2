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
    pub(super) async fn deliver_cancel(
        self: &Arc<Self>,
        run: RunNo,
        reason: Option<String>,
    ) -> Result<(), StoreError> {
        let mail = Mail::Cancel {
            reason: reason.clone(),
        };
        if self.tell(run, mail) {
            return Ok(());
        }
        self.close_cancelled(run, reason).await
    }

    /// Does the same with the cancel in the inbox of a run, if there is one.
    pub(super) async fn take_cancel(self: &Arc<Self>, run: RunNo) -> Result<(), StoreError> {
        for request in self.store.inbox(run).await? {
            if let RequestKind::Cancel { reason } = request.kind {
                return self.deliver_cancel(run, reason).await;
            }
        }
        Ok(())
    }

    /// Closes a run that nobody drives as cancelled. If somebody takes it meanwhile, it is told.
    pub(super) async fn close_cancelled(
        self: &Arc<Self>,
        run: RunNo,
        reason: Option<String>,
    ) -> Result<(), StoreError> {
        while let Some(epoch) = self.epoch() {
            let mail = Mail::Cancel {
                reason: reason.clone(),
            };
            if self.tell(run, mail) {
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
