//! Finds the runs that are due, whatever left them behind: a crash, a sleep, another process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use workflow_tracker::Timestamp;

use super::core::Core;
use super::health::Concern;
use super::mailbox::Mail;
use super::retention;
use crate::store::{Claimable, Lease, StoreError};

/// How often an engine looks whether another process has written.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// The pause after a look that failed.
const FAILED_PAUSE: Duration = Duration::from_millis(500);
/// How long an engine that starts waits for one that is leaving, and how often it looks.
const LEAVE_MAX: Duration = Duration::from_secs(2);
const LEAVE_LOOK: Duration = Duration::from_millis(2);

/// Executes runs until the engine stops. Without a lease it waits for one first.
pub(super) async fn schedule(core: Arc<Core>, leased: bool) {
    if !leased && !stand_by(&core).await {
        return;
    }
    tokio::spawn(retention::keep_house(Arc::clone(&core)));
    let mut elsewhere = Elsewhere::default();
    while !core.is_stopped() {
        if let Err(error) = core.attend(&mut elsewhere).await {
            core.health.failed(Concern::Look, &error);
            core.requested();
            core.ticker.pause(FAILED_PAUSE).await;
            continue;
        }
        core.begin_look();
        let next_at = match core.claim_due().await {
            Ok(Next::LookAgain) => continue,
            Ok(Next::At(next_at)) => {
                core.health.recovered(Concern::Look);
                next_at
            }
            Err(error) => {
                core.health.failed(Concern::Look, &error);
                core.ticker.pause(FAILED_PAUSE).await;
                continue;
            }
        };
        if let Some(next_at) = next_at {
            core.remember_look(next_at);
        }
        core.until_something_happens(&mut elsewhere).await;
    }
}

/// What the scheduler does after a look.
enum Next {
    /// There is more to claim, and room for it.
    LookAgain,
    /// Wait: until this instant, or until something happens.
    At(Option<Timestamp>),
}

/// Waits for the lease; false where the engine stopped first.
async fn stand_by(core: &Arc<Core>) -> bool {
    loop {
        let lease = tokio::select! {
            lease = core.store.lease() => lease,
            () = core.until_stopped() => return false,
        };
        match lease {
            Ok(lease) => match core.lead(lease).await {
                Ok(()) => {
                    core.health.recovered(Concern::Lease);
                    return true;
                }
                Err(error) => {
                    tracing::error!(target: "workflow_core", error = %error, "taking over failed");
                }
            },
            Err(error) => core.health.failed(Concern::Lease, &error),
        }
        core.ticker.pause(FAILED_PAUSE).await;
    }
}

/// What this engine has seen of other processes' writes.
#[derive(Debug, Default)]
struct Elsewhere {
    changes: u64,
    request: u64,
}

impl Core {
    /// The lease, unless another engine has it and stays.
    pub(super) async fn lease_at_start(&self) -> Result<Option<Lease>, StoreError> {
        let deadline = Instant::now() + LEAVE_MAX;
        loop {
            let lease = self.store.try_lease().await?;
            if lease.is_some() || Instant::now() >= deadline {
                return Ok(lease);
            }
            if self.store.holder().await?.is_some() {
                return Ok(None);
            }
            self.ticker.pause(LEAVE_LOOK).await;
        }
    }

    /// Begins to execute: the lease is ours.
    pub(super) async fn lead(&self, lease: Lease) -> Result<(), super::EngineError> {
        // Nothing is executed before the relay is there: it would not be told of it.
        if let Some(relay) = self.start_relay().await? {
            // Others, and this engine while it stood by, may have committed since it looked.
            relay.refresh();
            self.set_relay(relay);
        }
        self.set_lease(lease);
        if self.is_stopped() {
            // It stopped meanwhile, and found neither to let go of.
            drop(self.take_relay());
            self.drop_lease_when_idle();
        }
        Ok(())
    }

    async fn claim_due(self: &Arc<Self>) -> Result<Next, StoreError> {
        let Some(epoch) = self.epoch() else {
            return Ok(Next::At(None));
        };
        if !self.has_room() {
            // Whoever leaves memory makes the scheduler look again.
            self.starve();
            return Ok(Next::At(None));
        }
        // Whoever gives a slot back that was missing here does so too.
        let room = self.slots.room(self.registry.keys());
        if room.workflows.is_empty() {
            return Ok(Next::At(None));
        }
        let now = self.clock.now();
        let mut claimable = Claimable::new(epoch, now, room.workflows, self.free_runs());
        claimable.runs_max = claimable.runs_max.min(self.room()).min(room.runs_max);
        let due = self.store.claimable(claimable).await?;
        let mut more = due.more;
        for record in due.runs {
            let mut slot = self.slots.slot(&record.workflow, record.version);
            if slot.hold_in_turn() {
                self.claim(record, slot);
            } else {
                more = true;
            }
        }
        if !more {
            self.slots.caught_up();
            return Ok(Next::At(due.next_at));
        }
        if self.has_room() {
            return Ok(Next::LookAgain);
        }
        self.starve();
        Ok(Next::At(None))
    }

    /// Waits for the next instant, a notice, or another process.
    async fn until_something_happens(self: &Arc<Self>, elsewhere: &mut Elsewhere) {
        loop {
            let at = self.next_look();
            tokio::select! {
                () = self.schedule.notified() => return,
                () = self.until(at) => return,
                () = self.ticker.pause(LOOK_EVERY) => {}
            }
            match self.look_elsewhere(elsewhere).await {
                Ok(false) => self.health.recovered(Concern::Look),
                Ok(true) => return,
                Err(error) => self.health.failed(Concern::Look, &error),
            }
        }
    }

    async fn until(&self, at: Option<Timestamp>) {
        match at {
            Some(at) => self.clock.sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    pub(super) async fn until_stopped(&self) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.is_stopped() {
                return;
            }
            changed.await;
        }
    }

    /// Takes what runs were told too late, and what commits have requested.
    async fn attend(self: &Arc<Self>, elsewhere: &mut Elsewhere) -> Result<(), StoreError> {
        for (run, mail) in self.forwarded() {
            match mail {
                Mail::Cancel { .. } => self.take_cancel(run).await?,
                // The store has made the run due, if it waits for what came.
                Mail::Inbox | Mail::Drain | Mail::Stop => {}
            }
        }
        if self.take_requested() {
            self.read_requests(elsewhere).await?;
        }
        Ok(())
    }

    /// Takes the requests that are new in the inboxes.
    async fn read_requests(self: &Arc<Self>, elsewhere: &mut Elsewhere) -> Result<(), StoreError> {
        loop {
            let notices = self.store.requests(elsewhere.request).await?;
            if notices.is_empty() {
                return Ok(());
            }
            for notice in notices {
                if notice.cancel {
                    self.take_cancel(notice.run).await?;
                } else {
                    self.came(notice.run);
                }
                elsewhere.request = notice.id;
            }
        }
    }

    /// Takes the requests of other processes; true where there may be new runs.
    async fn look_elsewhere(
        self: &Arc<Self>,
        elsewhere: &mut Elsewhere,
    ) -> Result<bool, StoreError> {
        let changes = self.store.changes().await?;
        if changes == elsewhere.changes {
            return Ok(false);
        }
        elsewhere.changes = changes;
        if let Some(relay) = self.relay() {
            relay.refresh();
        }
        self.read_requests(elsewhere).await?;
        Ok(true)
    }
}
