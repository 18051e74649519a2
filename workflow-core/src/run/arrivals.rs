//! What came into a run's inbox, as far as this execution has looked.

use std::task::Waker;

use workflow_tracker::Timestamp;
use workflow_tracker::events::PauseReason;

use super::operation::{Kind, Stage};
use super::table::Operation;
use super::{OperationNo, RunState};
use crate::store::{Await, Request, RequestKind};

/// The requests that were read and not used yet.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    /// In the order in which they were sent.
    requests: Vec<Request>,
    /// The last one that was read.
    last: u64,
    /// There may be more than was read.
    more: bool,
    /// When the look under way began.
    looking: Option<Timestamp>,
    /// When the last look began that has ended.
    looked: Option<Timestamp>,
    /// What it brought was not given to anybody yet.
    fresh: bool,
}

impl Arrivals {
    /// Something may have come.
    pub(super) const fn expect_more(&mut self) {
        self.more = true;
    }

    /// Whether everything that came is known.
    pub(super) const fn is_current(&self) -> bool {
        !self.more && self.looking.is_none()
    }

    /// Whether everything that came until this instant is known.
    pub(super) fn knows_until(&self, instant: Timestamp) -> bool {
        self.is_current() && self.looked.is_some_and(|looked| looked >= instant)
    }

    /// The first request that an operation waits for, if it came in time.
    fn find(&self, waits: &Kind, until: Option<Timestamp>) -> Option<usize> {
        let in_time = |request: &Request| until.is_none_or(|until| request.at <= until);
        let mut requests = self.requests.iter();
        requests.position(|request| waits.is_ended_by(&request.kind) && in_time(request))
    }
}

impl RunState {
    /// Something may have come into the inbox.
    pub(crate) const fn expect_more(&mut self) {
        self.arrivals.expect_more();
    }

    /// Whether the inbox has to be read: something may have come, and somebody waits for it.
    pub(crate) fn wants_look(&self) -> bool {
        self.arrivals.more && self.end.is_none() && self.is_awaiting()
    }

    /// The inbox is being read from now on.
    pub(crate) const fn begin_look(&mut self, now: Timestamp) {
        self.arrivals.more = false;
        self.arrivals.looking = Some(now);
    }

    /// The inbox could not be read.
    pub(crate) const fn look_failed(&mut self) {
        self.arrivals.more = true;
        self.arrivals.looking = None;
    }

    /// The inbox was read.
    pub(crate) fn looked(&mut self, inbox: Vec<Request>) {
        let arrivals = &mut self.arrivals;
        arrivals.looked = arrivals.looking.take();
        arrivals.fresh = true;
        let last = arrivals.last;
        for request in inbox.into_iter().filter(|request| request.id > last) {
            arrivals.last = request.id;
            match request.kind {
                // Whoever drives the run is told of it in another way.
                RequestKind::Cancel { .. } => {}
                RequestKind::Signal { .. } | RequestKind::ChildEnded { .. } => {
                    arrivals.requests.push(request);
                }
            }
        }
    }

    /// Whether a run may be parked for all that lies in its inbox: that was read, or none of its
    /// operations waits for it (and then nobody ever reads it).
    pub(crate) fn knows_inbox(&self) -> bool {
        self.arrivals.is_current() || !self.is_awaiting()
    }

    /// Whether an operation waits for something to come.
    pub(crate) fn is_awaiting(&self) -> bool {
        self.operations.is_any_awaiting()
    }

    /// Whether what an operation waits for has come, and nobody has woken it.
    pub(crate) fn has_come(&self) -> bool {
        let goes_on = |operation: &Operation| {
            operation.waker().is_some() && self.goes_on(operation).is_some()
        };
        self.arrivals.fresh && self.alive().any(goes_on)
    }

    /// When that came for which an operation waits; also where all that it wanted was a look.
    pub(super) fn goes_on(&self, operation: &Operation) -> Option<Timestamp> {
        let Stage::Awaiting { until, looking } = operation.stage() else {
            return None;
        };
        if let Some(at) = self.came_for(operation, until) {
            return Some(at);
        }
        let looked = self.arrivals.looked.unwrap_or_default();
        (looking && self.arrivals.is_current()).then_some(looked)
    }

    /// When the request came that an operation waits for.
    pub(super) fn came_for(
        &self,
        operation: &Operation,
        until: Option<Timestamp>,
    ) -> Option<Timestamp> {
        let at = self.arrivals.find(&operation.kind, until)?;
        Some(self.arrivals.requests[at].at)
    }

    /// Takes the first request that an operation waits for, if it came in time.
    pub(super) fn take_request(
        &mut self,
        no: OperationNo,
        until: Option<Timestamp>,
    ) -> Option<Request> {
        let at = self.arrivals.find(&self.operation(no).kind, until)?;
        Some(self.arrivals.requests.remove(at))
    }

    /// Takes the wakers of the operations that go on because of what came, with when and why.
    pub(super) fn take_arrived(&mut self) -> Vec<(Timestamp, PauseReason, Waker)> {
        if !std::mem::take(&mut self.arrivals.fresh) {
            return Vec::new();
        }
        let due = self
            .operations
            .which(|operation| self.goes_on(operation).is_some());
        let mut woken = Vec::new();
        for no in due {
            let operation = self.operation(no);
            let (came, reason) = (self.goes_on(operation), operation.reason());
            let waker = self.operations.take_waker(no);
            woken.extend(came.zip(waker).map(|(came, waker)| (came, reason, waker)));
        }
        woken
    }
}

impl Kind {
    /// What an operation of this kind waits for that comes into the inbox, as the run's row says it.
    pub(super) fn awaits(&self) -> Option<Await> {
        match self {
            Self::Wait(options) => Some(Await::Signal(options.signal.clone())),
            Self::Child(_) => Some(Await::Child),
            Self::Step(_) | Self::Sleep { .. } | Self::Value => None,
        }
    }

    /// Whether it is this request that such an operation waits for.
    fn is_ended_by(&self, request: &RequestKind) -> bool {
        match (self, request) {
            (Self::Wait(options), RequestKind::Signal { name, .. }) => *name == options.signal,
            (Self::Child(started), RequestKind::ChildEnded { child, .. }) => *child == started.run,
            (Self::Wait(_), RequestKind::Cancel { .. } | RequestKind::ChildEnded { .. })
            | (Self::Child(_), RequestKind::Cancel { .. } | RequestKind::Signal { .. })
            | (Self::Step(_) | Self::Sleep { .. } | Self::Value, _) => false,
        }
    }
}
