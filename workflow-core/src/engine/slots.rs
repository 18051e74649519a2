//! How many runs execute at once, and that nobody overtakes those who wait for that.
//!
//! The queue is the store: a run that finds no slot is queued or parked there, and the scheduler
//! claims it in its turn. Here is only counted, and remembered whether anybody waits.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::store::Served;

/// A workflow's name and version.
pub(super) type Key = (String, Option<u32>);

/// The slots of one engine: of all its runs, and of each workflow that has a limit of its own.
pub(super) struct Slots {
    gates: Mutex<Vec<Gate>>,
    /// The gates of the workflows that have one.
    own: HashMap<Key, usize>,
    /// Wakes the scheduler.
    schedule: Arc<Notify>,
    /// Wakes those who wait here and not in the store.
    freed: Notify,
}

/// The gate that all runs pass.
const ALL: usize = 0;

#[derive(Debug)]
struct Gate {
    runs_max: usize,
    taken: usize,
    /// Runs that are due may wait in the store for this gate: newcomers queue behind them.
    awaited: bool,
}

impl Gate {
    const fn new(runs_max: usize) -> Self {
        Self {
            runs_max,
            taken: 0,
            awaited: false,
        }
    }

    const fn room(&self) -> usize {
        self.runs_max.saturating_sub(self.taken)
    }
}

/// What the scheduler may ask the store for.
pub(super) struct Room {
    /// The workflows that have room, each with how much.
    pub(super) workflows: Vec<Served>,
    /// In all.
    pub(super) runs_max: usize,
}

impl Slots {
    /// `runs_max` in all, and of some workflows at most so many.
    pub(super) fn new(
        runs_max: usize,
        limited: impl IntoIterator<Item = (Key, usize)>,
        schedule: Arc<Notify>,
    ) -> Self {
        let mut gates = vec![Gate::new(runs_max)];
        let mut own = HashMap::new();
        for (key, runs_max) in limited {
            own.insert(key, gates.len());
            gates.push(Gate::new(runs_max));
        }
        Self {
            gates: Mutex::new(gates),
            own,
            schedule,
            freed: Notify::new(),
        }
    }

    /// The slot of a run of this workflow; not held yet.
    pub(super) fn slot(self: &Arc<Self>, workflow: &str, version: Option<u32>) -> Slot {
        let own = if self.own.is_empty() {
            None
        } else {
            self.own.get(&(workflow.to_owned(), version)).copied()
        };
        Slot {
            slots: Arc::clone(self),
            own,
            held: false,
        }
    }

    /// How many runs execute now.
    pub(super) fn taken(&self) -> usize {
        self.lock()[ALL].taken
    }

    /// What may be claimed of these workflows. Those without room are left out, and whoever frees
    /// a slot of them wakes the scheduler.
    pub(super) fn room<'a>(&self, workflows: impl Iterator<Item = &'a Key>) -> Room {
        let mut gates = self.lock();
        for gate in gates.iter_mut().filter(|gate| gate.room() == 0) {
            gate.awaited = true;
        }
        let served = workflows.map(|key| Served {
            runs_max: self
                .own
                .get(key)
                .map_or(usize::MAX, |own| gates[*own].room()),
            ..Served::new(key.0.clone(), key.1)
        });
        let runs_max = gates[ALL].room();
        let workflows = served.filter(|served| served.runs_max > 0);
        Room {
            workflows: if runs_max > 0 {
                workflows.collect()
            } else {
                Vec::new()
            },
            runs_max,
        }
    }

    /// The scheduler has claimed what it found, and that was all: nobody waits at the gates that
    /// have room.
    pub(super) fn caught_up(&self) {
        for gate in self.lock().iter_mut().filter(|gate| gate.room() > 0) {
            gate.awaited = false;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Gate>> {
        self.gates.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slots")
            .field("gates", &self.lock())
            .finish_non_exhaustive()
    }
}

/// One run's slot, which it holds while it executes.
#[derive(Debug)]
pub(super) struct Slot {
    slots: Arc<Slots>,
    own: Option<usize>,
    held: bool,
}

impl Slot {
    /// Takes the slot, if there is room and nobody waits for it in the store. Whoever is refused
    /// has to go there.
    pub(super) fn try_hold(&mut self) -> bool {
        self.take(|gate| gate.room() > 0 && !gate.awaited)
    }

    /// The same for a run that waited in the store, or that executed before.
    pub(super) fn hold_in_turn(&mut self) -> bool {
        self.take(|gate| gate.room() > 0)
    }

    /// Waits for room.
    pub(super) async fn hold_when_free(&mut self) {
        let slots = Arc::clone(&self.slots);
        loop {
            let freed = slots.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            if self.hold_in_turn() {
                return;
            }
            freed.await;
        }
    }

    fn take(&mut self, admits: impl Fn(&Gate) -> bool) -> bool {
        if self.held {
            return true;
        }
        let mut gates = self.slots.lock();
        let mut admitted = true;
        for gate in [Some(ALL), self.own].into_iter().flatten() {
            if !admits(&gates[gate]) {
                gates[gate].awaited = true;
                admitted = false;
            }
        }
        if admitted {
            for gate in [Some(ALL), self.own].into_iter().flatten() {
                gates[gate].taken += 1;
            }
        }
        drop(gates);
        self.held = admitted;
        admitted
    }

    /// Gives the slot to whoever waits longest.
    pub(super) fn let_go(&mut self) {
        if !std::mem::take(&mut self.held) {
            return;
        }
        let mut gates = self.slots.lock();
        let mut awaited = false;
        for gate in [Some(ALL), self.own].into_iter().flatten() {
            gates[gate].taken -= 1;
            awaited |= gates[gate].awaited;
        }
        drop(gates);
        if awaited {
            self.slots.schedule.notify_one();
            self.slots.freed.notify_waiters();
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.let_go();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        (name.to_owned(), None)
    }

    fn slots(runs_max: usize, limited: &[(&str, usize)]) -> Arc<Slots> {
        let limited = limited
            .iter()
            .map(|(name, runs_max)| (key(name), *runs_max));
        Arc::new(Slots::new(runs_max, limited, Arc::default()))
    }

    fn held(slots: &Arc<Slots>, workflow: &str) -> Option<Slot> {
        let mut slot = slots.slot(workflow, None);
        slot.try_hold().then_some(slot)
    }

    fn room(slots: &Slots, workflows: &[&str]) -> Vec<(String, usize)> {
        let keys: Vec<_> = workflows.iter().map(|name| key(name)).collect();
        let room = slots.room(keys.iter());
        room.workflows
            .into_iter()
            .map(|served| (served.workflow, served.runs_max.min(room.runs_max)))
            .collect()
    }

    #[test]
    fn a_full_workflow_leaves_room_for_others() {
        let slots = slots(3, &[("a", 1)]);
        let first = held(&slots, "a").expect("there is room");
        assert!(held(&slots, "a").is_none());
        assert_eq!(room(&slots, &["a", "b"]), [("b".to_owned(), 2)]);
        let _second = held(&slots, "b").expect("there is room");
        drop(first);
        assert_eq!(
            room(&slots, &["a", "b"]),
            [("a".to_owned(), 1), ("b".to_owned(), 2)]
        );
    }

    #[test]
    fn a_newcomer_does_not_overtake_who_waits() {
        let slots = slots(1, &[]);
        let first = held(&slots, "a");
        assert!(held(&slots, "a").is_none(), "this one waits");
        drop(first);
        assert!(held(&slots, "a").is_none(), "it is the other one's turn");
        let mut in_turn = slots.slot("a", None);
        assert!(in_turn.hold_in_turn());
        slots.caught_up();
        assert!(held(&slots, "a").is_none(), "it is full");
        drop(in_turn);
        slots.caught_up();
        assert!(held(&slots, "a").is_some(), "nobody waits");
    }

    #[test]
    fn a_slot_is_counted_once_and_given_back_once() {
        let slots = slots(2, &[("a", 2)]);
        let mut slot = slots.slot("a", None);
        assert!(slot.try_hold() && slot.try_hold());
        assert_eq!(slots.taken(), 1);
        slot.let_go();
        slot.let_go();
        drop(slot);
        assert_eq!(slots.taken(), 0);
    }
}
