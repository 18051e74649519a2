//! Requests to runs and what commits do with them, in memory.

use workflow_tracker::Timestamp;

use super::state::State;
use crate::id::RunId;
use crate::store::rules;
use crate::store::{
    Await, CancelChildren, Change, Children, Effects, EndStatus, NewRequest, Refused, Request,
    RequestKind, RequestReply, RunNo, RunStatus,
};

impl State {
    pub(super) fn request(&mut self, request: NewRequest) -> RequestReply {
        let NewRequest { run, kind, at } = request;
        let Some(status) = self.run(run).map(|run| run.record.status) else {
            return RequestReply::Unknown;
        };
        if status.is_terminal() {
            return RequestReply::Ended(status);
        }
        let is_cancel = matches!(kind, RequestKind::Cancel { .. });
        if !(is_cancel && self.cancel_of(run).is_some()) {
            self.left += 1;
            self.wake(run, at, |awaits| rules::wakes(awaits, &kind));
            self.put(Request {
                id: self.last_request + 1,
                run,
                kind,
                at,
            });
        }
        RequestReply::Accepted
    }

    fn put(&mut self, request: Request) {
        self.last_request = request.id;
        let run = self.run_mut(request.run).expect("the run was just found");
        run.requests.push(request.id);
        self.inbox.insert(request.id, request);
    }

    /// Makes a run due that waits for what came.
    fn wake(&mut self, run: RunNo, at: Timestamp, is_awaited: impl Fn(&[Await]) -> bool) {
        let awaits = |state: &Self| {
            let record = &state.run(run)?.record;
            Some(record.status == RunStatus::Waiting && is_awaited(&record.awaits))
        };
        if awaits(self) == Some(true) {
            self.update(run, |record| {
                record.wake_at = Some(rules::sooner(record.wake_at, at));
            });
        }
    }

    /// The refusal of an end by the first cancel in the inbox of a run, if there is one.
    pub(super) fn cancel_of(&self, run: RunNo) -> Option<Refused> {
        let requests = self.run(run)?.requests.iter();
        let mut kinds = requests.map(|id| &self.inbox[id].kind);
        kinds.find_map(|kind| match kind {
            RequestKind::Cancel { reason } => Some(Refused::CancelRequested {
                reason: reason.clone(),
            }),
            RequestKind::Signal { .. } | RequestKind::ChildEnded { .. } => None,
        })
    }

    /// Whether every request that a commit uses is in the inbox.
    pub(super) fn check_used(&self, run: RunNo, effects: &Effects) -> Result<(), Refused> {
        let inbox = self.run(run).map_or(&[][..], |run| &run.requests);
        match effects.used.iter().find(|id| !inbox.contains(id)) {
            Some(id) => Err(Refused::Failed(rules::not_in_the_inbox(*id))),
            None => Ok(()),
        }
    }

    /// What a commit does beyond its run's own rows, which are there already.
    pub(super) fn affect(
        &mut self,
        run: RunNo,
        change: Option<Change>,
        effects: Effects,
        at: Timestamp,
    ) {
        self.remove(run, &effects.used);
        if let (Some(fingerprint), Some(run)) = (effects.fingerprint, self.run_mut(run)) {
            run.record.fingerprint = fingerprint;
        }
        for child in effects.children {
            self.create_child(child, run, at);
        }
        if let Some(cancels) = effects.cancels {
            self.cancel_children(run, &cancels, at);
        }
        match change {
            Some(Change::Wait { .. }) => self.await_in(run, effects.awaits, at),
            Some(Change::End { status, .. }) => self.end(run, status, at),
            None | Some(Change::Block | Change::Release) => {}
        }
    }

    /// A run waits: it is due at once where what it awaits has come already.
    fn await_in(&mut self, run: RunNo, awaits: Vec<Await>, at: Timestamp) {
        let came = self.inbox(run).into_iter().map(|request| request.kind);
        let came: Vec<_> = came.collect();
        self.update(run, |record| record.awaits = awaits);
        self.wake(run, at, |awaits| {
            came.iter().any(|kind| rules::wakes(awaits, kind))
        });
    }

    /// A run has ended: its inbox is empty, and its parent is told.
    fn end(&mut self, run: RunNo, status: EndStatus, at: Timestamp) {
        let ids = self.run(run).map_or(Vec::new(), |run| run.requests.clone());
        self.remove(run, &ids);
        let Some(ended) = self.run(run).filter(|run| !run.given_up) else {
            return;
        };
        let (Some(parent), Some(last)) = (ended.record.parent, ended.rows.last()) else {
            return;
        };
        let kind = RequestKind::ChildEnded {
            child: ended.record.run_id,
            status,
            fields: last.fields.clone(),
            payload: last.payload.clone(),
        };
        // A parent that has ended, or is gone, does not want to know.
        let _ = self.request(NewRequest {
            run: parent,
            kind,
            at,
        });
    }

    /// Nobody waits for these children of a run any more.
    fn give_up(&mut self, run: RunNo, children: &[RunId]) {
        for child in self.children_of(run) {
            if let Some(child) = self.run_mut(child)
                && children.contains(&child.record.run_id)
            {
                child.given_up = true;
            }
        }
        let is_meant = |request: &Request| match &request.kind {
            RequestKind::ChildEnded { child, .. } => children.contains(child),
            RequestKind::Cancel { .. } | RequestKind::Signal { .. } => false,
        };
        let told = self.inbox(run).into_iter();
        let told: Vec<_> = told.filter(is_meant).map(|request| request.id).collect();
        self.remove(run, &told);
    }

    fn cancel_children(&mut self, run: RunNo, cancels: &CancelChildren, at: Timestamp) {
        match &cancels.which {
            Children::All => {}
            Children::These(these) => self.give_up(run, these),
        }
        for child in self.children_of(run) {
            let id = self.run(child).map(|child| child.record.run_id);
            let is_meant = match &cancels.which {
                Children::All => true,
                Children::These(these) => id.is_some_and(|id| these.contains(&id)),
            };
            if is_meant {
                let reason = Some(cancels.reason.clone());
                // One that has ended answers so.
                let _ = self.request(NewRequest {
                    run: child,
                    kind: RequestKind::Cancel { reason },
                    at,
                });
            }
        }
    }

    fn remove(&mut self, run: RunNo, ids: &[u64]) {
        for id in ids {
            self.inbox.remove(id);
        }
        if let Some(run) = self.run_mut(run) {
            run.requests.retain(|id| !ids.contains(id));
        }
    }
}
