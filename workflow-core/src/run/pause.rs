//! When a run pauses, and when it goes on.

use std::collections::HashSet;
use std::task::Waker;
use std::time::Duration;

use workflow_tracker::Timestamp;
use workflow_tracker::events::{PauseReason, ResumeCause, WorkflowPaused, WorkflowResumed};

use super::RunState;
use super::operation::{Kind, Stage};
use super::table::Operation;
use crate::store::Await;

/// What a run waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Waits {
    /// When it is due; `None`: it waits for nothing but what comes.
    pub(crate) wake_at: Option<Timestamp>,
    /// What wakes it before.
    pub(crate) awaits: Vec<Await>,
}

/// Shorter waits are not announced.
pub(crate) const PAUSE_MIN: Duration = Duration::from_millis(100);

impl RunState {
    /// After the body came to rest: announces the wait, if the run does nothing but wait for a
    /// time that is far enough away. The announcement belongs to the turn that led to it.
    ///
    /// Gives what the run waits for, where a wait was announced now.
    pub(crate) fn settle(&mut self, now: Timestamp) -> Option<Waits> {
        if !self.is_live() || self.paused.is_some() || self.end.is_some() {
            return None;
        }
        let (until, operation) = self.only_waits()?;
        if until.is_some_and(|until| until.since(now) < PAUSE_MIN) {
            return None;
        }
        let reason = operation.reason();
        let step_name = match reason {
            PauseReason::Retry => Some(operation.site.name.to_owned()),
            _ => None,
        };
        let paused = WorkflowPaused {
            reason,
            resume_at: until,
            step_name,
        };
        self.paused = Some(reason);
        self.turns.push(now, paused, None);
        self.turns.seal_into_last();
        Some(Waits {
            wake_at: until,
            awaits: self.awaits(),
        })
    }

    /// The wait whose time comes first, else the one that was asked for first, if the run does
    /// nothing but wait.
    fn only_waits(&self) -> Option<(Option<Timestamp>, &Operation)> {
        if self.operations.is_any_busy() {
            return None;
        }
        let mut waits = Vec::new();
        for operation in self.alive() {
            match operation.stage() {
                Stage::Waiting { until } => waits.push((Some(until), operation)),
                Stage::Awaiting {
                    until,
                    looking: false,
                } if self.came_for(operation, until).is_none() => waits.push((until, operation)),
                Stage::Named | Stage::Done => {}
                Stage::Held
                | Stage::Asked { .. }
                | Stage::Ready
                | Stage::Running { .. }
                | Stage::Awaiting { .. } => return None,
            }
        }
        let order = |(until, operation): &(Option<Timestamp>, &Operation)| {
            (until.is_none(), *until, operation.asked)
        };
        waits.into_iter().min_by_key(order)
    }

    /// What wakes the run beside time.
    fn awaits(&self) -> Vec<Await> {
        let waits = |operation: &&Operation| matches!(operation.stage(), Stage::Awaiting { .. });
        let mut known = HashSet::new();
        let kinds = self.alive().filter(waits).map(|operation| &operation.kind);
        let awaits = kinds.filter_map(Kind::awaits);
        awaits.filter(|wait| known.insert(wait.clone())).collect()
    }

    /// Whether an attempt is running.
    pub(crate) fn is_running(&self) -> bool {
        self.operations.is_any_running()
    }

    /// The next instant at which an operation is to be woken.
    pub(crate) fn next_instant(&self) -> Option<Timestamp> {
        self.operations.next_instant()
    }

    /// The operations that are due: writes that the run goes on, if it was paused, and adds
    /// their wakers, each once per poll of its operation.
    pub(crate) fn due(&mut self, now: Timestamp, ready: &mut Vec<Waker>) {
        let mut first: Option<(Timestamp, PauseReason)> = None;
        for (at, reason, waker) in self.take_arrived() {
            ready.push(waker);
            if first.is_none_or(|(earliest, _)| at < earliest) {
                first = Some((at, reason));
            }
        }
        while let Some((at, no)) = self.operations.due(now) {
            ready.extend(self.operations.take_waker(no));
            if first.is_none_or(|(earliest, _)| at < earliest) {
                first = Some((at, self.operation(no).reason()));
            }
        }
        if let Some((_, reason)) = first
            && self.paused.is_some()
        {
            self.resumed(now, cause(reason));
        }
    }

    /// A body that something foreign woke has moved although its run is paused: says first that
    /// the run goes on.
    pub(super) fn resume_if_moved(&mut self, now: Timestamp) {
        let Some(reason) = self.paused.filter(|_| self.turns.is_open()) else {
            return;
        };
        self.paused = None;
        let cause = cause(reason);
        self.turns.push_first(now, WorkflowResumed { cause });
    }

    /// Whether the run announced that it waits.
    pub(crate) const fn paused(&self) -> Option<PauseReason> {
        self.paused
    }
}

impl Operation {
    /// Why the run pauses that waits for this operation.
    pub(super) const fn reason(&self) -> PauseReason {
        match self.kind {
            Kind::Step(_) => PauseReason::Retry,
            Kind::Sleep { .. } | Kind::Value => PauseReason::Sleep,
            Kind::Wait(_) => PauseReason::Signal,
            Kind::Child(_) => PauseReason::Child,
        }
    }
}

/// What makes a run go on that paused for this reason.
pub(crate) const fn cause(reason: PauseReason) -> ResumeCause {
    match reason {
        PauseReason::Retry => ResumeCause::Retry,
        PauseReason::Signal => ResumeCause::Signal,
        PauseReason::Child => ResumeCause::Child,
        _ => ResumeCause::Sleep,
    }
}
