//! What the polls of a body have produced and no commit has taken yet, turn by turn.

use std::sync::Arc;

use uuid::Uuid;
use workflow_tracker::{Audience, Event, Timestamp};

use crate::id::Chance;
use crate::journal::OperationNo;
use crate::store::{Effects, NewChild, NewRow};

/// The rows of an execution that are not handed over to the store yet.
#[derive(Debug)]
pub(crate) struct Turns {
    chance: Chance,
    /// To whom values are shown.
    audience: Audience,
    /// The `seq` of the last row that was handed over.
    seq: u64,
    /// The last turn.
    turn: u64,
    /// The rows of a commit that was refused whole; they come before all others.
    refused: Vec<NewRow>,
    /// The events of finished turns.
    sealed: Vec<Draft>,
    /// The events of the poll under way.
    open: Vec<Draft>,
    /// What belongs to rows that were put back.
    put_back: Effects,
}

/// An event that is not a row yet: its fields are encoded when a commit takes it, so that emitting
/// it costs the body's poll next to nothing, and a withdrawn one is never encoded.
#[derive(Debug)]
struct Draft {
    turn: u64,
    event_id: Uuid,
    occurred_at: Timestamp,
    event: Event,
    audience: Audience,
    payload: Option<Vec<u8>>,
    /// The operation that asks for something with this row, if one does.
    ask: Option<OperationNo>,
    beyond: Beyond,
}

/// What a row says that happened outside of its run.
#[derive(Debug)]
enum Beyond {
    Nothing,
    /// A request was taken out of the inbox.
    Used(u64),
    /// A child was started.
    Born(Box<NewChild>),
}

/// What a commit takes.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) rows: Arc<Vec<NewRow>>,
    /// The last turn among them.
    pub(crate) turn: u64,
    /// What they say that happened outside of the run.
    pub(crate) effects: Effects,
}

impl Turns {
    pub(crate) fn new(chance: Chance, seq: u64, turn: u64) -> Self {
        Self {
            chance,
            audience: Audience::All,
            seq,
            turn,
            refused: Vec::new(),
            sealed: Vec::new(),
            open: Vec::new(),
            put_back: Effects::default(),
        }
    }

    pub(super) const fn set_audience(&mut self, audience: Audience) {
        self.audience = audience;
    }

    pub(super) const fn chance(&mut self) -> &mut Chance {
        &mut self.chance
    }

    /// The turn that the poll under way will be, if it produces something.
    pub(super) const fn next(&self) -> u64 {
        self.turn + 1
    }

    /// Adds a row to the poll under way.
    pub(crate) fn push(
        &mut self,
        now: Timestamp,
        event: impl Into<Event>,
        payload: Option<Vec<u8>>,
    ) {
        self.add(now, event.into(), payload, None);
    }

    /// Adds a row that records a request of the inbox.
    pub(super) fn push_used(
        &mut self,
        now: Timestamp,
        event: impl Into<Event>,
        payload: Vec<u8>,
        request: u64,
    ) {
        self.push(now, event, Some(payload));
        self.mark_last(Beyond::Used(request));
    }

    /// Adds a row before those of the poll under way.
    pub(super) fn push_first(&mut self, now: Timestamp, event: impl Into<Event>) {
        self.push(now, event, None);
        self.open.rotate_right(1);
    }

    /// Whether the poll under way has produced something.
    pub(super) const fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Adds a row with which an operation asks for something.
    pub(super) fn ask(&mut self, now: Timestamp, event: impl Into<Event>, by: OperationNo) {
        self.add(now, event.into(), None, Some(by));
    }

    /// Adds a row with which an operation starts a child.
    pub(super) fn bear(
        &mut self,
        now: Timestamp,
        event: impl Into<Event>,
        child: NewChild,
        by: OperationNo,
    ) {
        self.ask(now, event, by);
        self.mark_last(Beyond::Born(Box::new(child)));
    }

    fn mark_last(&mut self, beyond: Beyond) {
        if let Some(last) = self.open.last_mut() {
            last.beyond = beyond;
        }
    }

    fn add(
        &mut self,
        now: Timestamp,
        event: Event,
        payload: Option<Vec<u8>>,
        ask: Option<OperationNo>,
    ) {
        self.open.push(Draft {
            turn: 0,
            event_id: self.chance.uuid(now),
            occurred_at: now,
            event,
            audience: self.audience,
            payload,
            ask,
            beyond: Beyond::Nothing,
        });
    }

    /// Takes back what an operation asked for, as far as no commit has taken it; says whether
    /// there was something.
    pub(super) fn withdraw(&mut self, by: OperationNo) -> bool {
        let before = self.sealed.len() + self.open.len();
        self.sealed.retain(|draft| draft.ask != Some(by));
        self.open.retain(|draft| draft.ask != Some(by));
        self.sealed.len() + self.open.len() < before
    }

    /// Takes back the last row, which is an outcome that was refused.
    pub(super) fn drop_outcome(&mut self) {
        if self.sealed.pop().is_none() {
            self.refused.pop();
        }
    }

    /// Ends a poll: its rows are a turn, if there are any.
    pub(super) fn seal(&mut self) {
        if self.open.is_empty() {
            return;
        }
        self.turn += 1;
        self.seal_into_last();
    }

    /// Adds rows to the last turn instead of a new one.
    pub(crate) fn seal_into_last(&mut self) {
        for draft in &mut self.open {
            draft.turn = self.turn;
        }
        self.sealed.append(&mut self.open);
    }

    /// How many rows the log has once everything here is committed: without the poll under way,
    /// and with it.
    pub(super) const fn growth(&self) -> (u64, u64) {
        let before = self.seq + (self.refused.len() + self.sealed.len()) as u64;
        (before, before + self.open.len() as u64)
    }

    /// Whether a commit has something to take.
    pub(crate) const fn is_empty(&self) -> bool {
        self.refused.is_empty() && self.sealed.is_empty()
    }

    /// Hands the rows of all finished turns over.
    pub(crate) fn take(&mut self) -> Taken {
        let mut effects = std::mem::take(&mut self.put_back);
        let mut rows = std::mem::take(&mut self.refused);
        rows.reserve_exact(self.sealed.len());
        for draft in self.sealed.drain(..) {
            let (row, beyond) = draft.into_row();
            rows.push(row);
            match beyond {
                Beyond::Nothing => {}
                Beyond::Used(request) => effects.used.push(request),
                Beyond::Born(child) => effects.children.push(*child),
            }
        }
        for row in &mut rows {
            self.seq += 1;
            row.seq = self.seq;
        }
        Taken {
            rows: Arc::new(rows),
            turn: self.turn,
            effects,
        }
    }

    /// Forgets everything: nothing may be committed any more.
    pub(crate) fn clear(&mut self) {
        self.refused.clear();
        self.sealed.clear();
        self.open.clear();
        self.put_back = Effects::default();
    }

    /// Takes rows back whose commit was refused whole.
    pub(crate) fn put_back(&mut self, rows: &[NewRow], effects: Effects) {
        self.seq -= rows.len() as u64;
        self.put_back.used.extend(effects.used);
        self.put_back.children.extend(effects.children);
        self.refused.splice(0..0, rows.iter().cloned());
    }
}

impl Draft {
    /// The row, which gets its place when it is handed over, and what it says beyond its run.
    fn into_row(self) -> (NewRow, Beyond) {
        let audience = if self.event.shows_value() {
            self.audience
        } else {
            Audience::All
        };
        let row = NewRow {
            seq: 0,
            turn: self.turn,
            event_id: self.event_id,
            event_type: self.event.event_type(),
            occurred_at: self.occurred_at,
            fields: self.event.to_fields(),
            audience,
            payload: self.payload,
        };
        (row, self.beyond)
    }
}
