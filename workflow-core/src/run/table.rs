//! The operations that are alive, and which of them is next, so that nobody has to look at all.

use std::collections::{BTreeSet, VecDeque};
use std::task::Waker;

use workflow_tracker::Timestamp;

use super::operation::{Kind, Site, Stage};
use crate::journal::{OperationId, OperationNo};

/// An operation that is alive.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) id: OperationId,
    pub(super) site: Site,
    pub(super) kind: Kind,
    /// Its place in the order in which operations were asked for, from 1.
    pub(super) asked: u64,
    stage: Stage,
    /// The waker of the operation's own last poll; gone once it has been used for an instant.
    waker: Option<Waker>,
}

impl Operation {
    /// One that was named.
    pub(super) const fn new(id: OperationId, site: Site, kind: Kind) -> Self {
        Self {
            id,
            site,
            kind,
            asked: 0,
            stage: Stage::Named,
            waker: None,
        }
    }

    pub(super) const fn stage(&self) -> Stage {
        self.stage
    }

    pub(super) const fn waker(&self) -> Option<&Waker> {
        self.waker.as_ref()
    }

    /// When it goes on by itself, unless it was woken already.
    fn alarm(&self) -> Option<Timestamp> {
        self.waker.as_ref().and(self.stage.instant())
    }
}

/// The operations that are alive.
#[derive(Debug, Default)]
pub(super) struct Operations {
    places: Vec<Option<Operation>>,
    free: Vec<usize>,
    /// Those that go on by themselves, by when.
    alarms: BTreeSet<(Timestamp, OperationNo)>,
    /// Those that have asked, by the turn whose commit they wait for; some are gone.
    asked: VecDeque<(u64, OperationNo)>,
    /// How many attempts run.
    running: usize,
    /// How many wait for something to come.
    awaiting: usize,
    /// How many do something else than waiting.
    busy: usize,
}

impl Operations {
    pub(super) fn insert(&mut self, operation: Operation) -> OperationNo {
        if let Some(free) = self.free.pop() {
            self.places[free] = Some(operation);
            return OperationNo(free);
        }
        self.places.push(Some(operation));
        OperationNo(self.places.len() - 1)
    }

    pub(super) fn remove(&mut self, no: OperationNo) -> Option<Operation> {
        let operation = self.places[no.0].take()?;
        self.free.push(no.0);
        self.disarm(no, operation.alarm());
        self.count(operation.stage, |count| *count -= 1);
        Some(operation)
    }

    pub(super) fn get(&self, no: OperationNo) -> Option<&Operation> {
        self.places[no.0].as_ref()
    }

    pub(super) fn get_mut(&mut self, no: OperationNo) -> Option<&mut Operation> {
        self.places[no.0].as_mut()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Operation> {
        self.places.iter().flatten()
    }

    /// Those of which this is true.
    pub(super) fn which(&self, is: impl Fn(&Operation) -> bool) -> Vec<OperationNo> {
        let places = self.places.iter().enumerate();
        let found = places.filter(|(_, place)| place.as_ref().is_some_and(&is));
        found.map(|(no, _)| OperationNo(no)).collect()
    }

    pub(super) fn set_stage(&mut self, no: OperationNo, stage: Stage) {
        self.change(no, |operation| operation.stage = stage);
        if let Stage::Asked { turn } = stage {
            self.asked.push_back((turn, no));
        }
    }

    /// Keeps the waker of an operation's poll.
    pub(super) fn keep_waker(&mut self, no: OperationNo, waker: &Waker) {
        let held = self.get(no).and_then(Operation::waker);
        if !held.is_some_and(|held| held.will_wake(waker)) {
            self.change(no, |operation| operation.waker = Some(waker.clone()));
        }
    }

    /// Takes the waker of an operation that goes on: it is woken once for each of its polls.
    pub(super) fn take_waker(&mut self, no: OperationNo) -> Option<Waker> {
        let mut waker = None;
        self.change(no, |operation| waker = operation.waker.take());
        waker
    }

    /// The next instant at which one goes on by itself.
    pub(super) fn next_instant(&self) -> Option<Timestamp> {
        self.alarms.first().map(|(at, _)| *at)
    }

    /// The one that is due first.
    pub(super) fn due(&self, now: Timestamp) -> Option<(Timestamp, OperationNo)> {
        self.alarms.first().copied().filter(|(at, _)| *at <= now)
    }

    /// What turns up to this one asked for is durable: makes it ready, one after the other.
    pub(super) fn make_ready(&mut self, turn: u64) -> Option<OperationNo> {
        while let Some((asked, no)) = self.asked.front().copied()
            && asked <= turn
        {
            self.asked.pop_front();
            let waits = Stage::Asked { turn: asked };
            if self
                .get(no)
                .is_some_and(|operation| operation.stage == waits)
            {
                self.set_stage(no, Stage::Ready);
                return Some(no);
            }
        }
        None
    }

    pub(super) const fn is_any_running(&self) -> bool {
        self.running > 0
    }

    pub(super) const fn is_any_awaiting(&self) -> bool {
        self.awaiting > 0
    }

    /// Whether one does something else than waiting.
    pub(super) const fn is_any_busy(&self) -> bool {
        self.busy > 0
    }

    fn change(&mut self, no: OperationNo, change: impl FnOnce(&mut Operation)) {
        let Some(operation) = self.places[no.0].as_mut() else {
            return;
        };
        let (before, alarm) = (operation.stage, operation.alarm());
        change(operation);
        let (after, new_alarm) = (operation.stage, operation.alarm());
        if alarm != new_alarm {
            self.disarm(no, alarm);
            self.alarms.extend(new_alarm.map(|at| (at, no)));
        }
        if before != after {
            self.count(before, |count| *count -= 1);
            self.count(after, |count| *count += 1);
        }
    }

    fn disarm(&mut self, no: OperationNo, alarm: Option<Timestamp>) {
        if let Some(at) = alarm {
            self.alarms.remove(&(at, no));
        }
    }

    /// Changes the counts in which an operation at this stage is.
    fn count(&mut self, stage: Stage, change: impl Fn(&mut usize)) {
        match stage {
            Stage::Running { .. } => {
                change(&mut self.running);
                change(&mut self.busy);
            }
            Stage::Held | Stage::Asked { .. } | Stage::Ready => change(&mut self.busy),
            Stage::Awaiting { .. } => change(&mut self.awaiting),
            Stage::Named | Stage::Waiting { .. } | Stage::Done => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::PartPath;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn table(operations: usize) -> (Operations, Vec<OperationNo>) {
        let mut table = Operations::default();
        let insert = |ordinal| {
            let id = OperationId {
                path: PartPath::default(),
                name: "count".into(),
                key: None,
                ordinal,
            };
            let site = Site {
                name: "count",
                file: "src/lib.rs",
                line: 1,
            };
            let no = table.insert(Operation::new(id, site, Kind::Value));
            table.keep_waker(no, Waker::noop());
            no
        };
        let numbers = (1..).take(operations).map(insert).collect();
        (table, numbers)
    }

    #[test]
    fn what_is_due_comes_in_order_of_time_and_once_for_each_poll() {
        let (mut table, no) = table(3);
        for (no, until) in no.iter().zip([30, 10, 20]) {
            table.set_stage(*no, Stage::Waiting { until: at(until) });
        }
        assert_eq!(table.next_instant(), Some(at(10)));
        assert_eq!(table.due(at(9)), None);
        assert_eq!(table.due(at(20)), Some((at(10), no[1])));
        assert!(table.take_waker(no[1]).is_some());
        assert_eq!(table.due(at(20)), Some((at(20), no[2])));
        table.remove(no[2]);
        assert_eq!(table.due(at(20)), None, "one was woken, one is gone");
        table.keep_waker(no[1], Waker::noop());
        assert_eq!(table.due(at(20)), Some((at(10), no[1])), "polled again");
    }

    #[test]
    fn a_commit_makes_ready_what_has_asked_with_its_turns() {
        let (mut table, no) = table(4);
        for (no, turn) in no.iter().zip([1, 1, 2, 3]) {
            table.set_stage(*no, Stage::Asked { turn });
        }
        table.remove(no[1]);
        let ready = std::iter::from_fn(|| table.make_ready(2));
        assert_eq!(ready.collect::<Vec<_>>(), [no[0], no[2]]);
        assert_eq!(table.make_ready(3), Some(no[3]));
        assert_eq!(table.make_ready(3), None);
    }

    #[test]
    fn the_counts_are_those_of_the_stages() {
        let (mut table, no) = table(2);
        assert!(!table.is_any_busy(), "what is only named waits");
        table.set_stage(no[0], Stage::Held);
        assert!(table.is_any_busy() && !table.is_any_running());
        table.set_stage(no[0], Stage::Running { deadline: None });
        assert!(table.is_any_busy() && table.is_any_running());
        let awaiting = Stage::Awaiting {
            until: None,
            looking: true,
        };
        table.set_stage(no[0], awaiting);
        assert!(table.is_any_awaiting() && !table.is_any_busy() && !table.is_any_running());
        table.remove(no[0]);
        assert!(!table.is_any_awaiting());
        table.set_stage(no[1], Stage::Done);
        assert!(!table.is_any_busy());
    }
}
