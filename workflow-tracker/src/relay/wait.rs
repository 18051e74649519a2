//! A wait for delivery, until a deadline.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::oneshot;
use tokio::time::{timeout, timeout_at};

use super::caught::caught;
use super::driver::HASTE_SINCE;
use super::state::{PerLane, RelayState};
use crate::stats::DeliveryReport;
use crate::{EventLog, LANES};

/// The position in each lane that is waited for; 0 where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Targets(pub(crate) PerLane<u64>);

impl Targets {
    pub(crate) fn one(lane: u8, pos: u64) -> Self {
        let mut targets = PerLane::default();
        targets[usize::from(lane)] = pos;
        Self(targets)
    }
}

/// Somebody waits for delivery.
#[derive(Debug)]
pub(crate) struct Wait {
    pub(crate) targets: Targets,
    pub(crate) deadline: Instant,
    /// Whether everything is waited for: what other processes committed too.
    everything: bool,
    reply: oneshot::Sender<DeliveryReport>,
}

impl Wait {
    pub(crate) const fn for_everything(
        targets: Targets,
        deadline: Instant,
        reply: oneshot::Sender<DeliveryReport>,
    ) -> Self {
        Self {
            targets,
            deadline,
            everything: true,
            reply,
        }
    }

    pub(crate) const fn for_some(
        targets: Targets,
        deadline: Instant,
        reply: oneshot::Sender<DeliveryReport>,
    ) -> Self {
        Self {
            targets,
            deadline,
            everything: false,
            reply,
        }
    }

    /// Waits, and gives the answer.
    pub(crate) async fn serve(mut self, state: Arc<RelayState>, log: Arc<dyn EventLog>) {
        self.run(&state, &*log, self.deadline).await;
        self.answer(&state);
    }

    /// Waits until everything is out or the deadline has passed.
    pub(crate) async fn run(&mut self, state: &RelayState, log: &dyn EventLog, until: Instant) {
        // Nobody is told about a deadline that passed: the counts say it.
        let _ = timeout_at(until.into(), self.work(state, log)).await;
    }

    async fn work(&mut self, state: &RelayState, log: &dyn EventLog) {
        hurry(state, &self.targets);
        state.trackers.iter().for_each(|tracker| tracker.hasten());
        // Where positions cannot be read, what is known has to do.
        if self.everything
            && let Some(targets) = positions(state, log).await
        {
            self.targets = targets;
            hurry(state, &self.targets);
        }
        while timeout(HASTE_SINCE, delivered(state, &self.targets))
            .await
            .is_err()
        {
            state.trackers.iter().for_each(|tracker| tracker.hasten());
        }
    }

    pub(crate) fn answer(self, state: &RelayState) {
        // Whoever asked may have stopped waiting.
        let _ = self.reply.send(state.report(&self.targets));
    }
}

/// Takes what is waited for out of the gathering.
fn hurry(state: &RelayState, targets: &Targets) {
    for (lane, target) in (0..LANES).zip(targets.0) {
        if target > 0 {
            state.hurry(lane, target);
        }
    }
}

/// Everything that is in the log, other processes' events included.
async fn positions(state: &RelayState, log: &dyn EventLog) -> Option<Targets> {
    let tracker = state.trackers.first()?;
    let read = caught(async { log.positions(tracker.name()).await });
    let positions = read.await.ok()?.ok()?;
    state.raise(&positions);
    Some(state.everything())
}

async fn delivered(state: &RelayState, targets: &Targets) {
    let all_out = || {
        let mut trackers = state.trackers.iter();
        trackers.all(|tracker| tracker.outstanding(targets) == 0)
    };
    loop {
        let mut progress = std::pin::pin!(state.progress.notified());
        progress.as_mut().enable();
        if all_out() {
            return;
        }
        progress.await;
    }
}
