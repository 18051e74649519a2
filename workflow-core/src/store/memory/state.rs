//! What the store in memory holds, with the indexes that its questions need.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use workflow_tracker::{LANES, LetterId, Quarantine, Timestamp};

use super::lanes::Lane;
use crate::id::RunId;
use crate::store::purge::ENDED;
use crate::store::rules::{Place, Standing};
use crate::store::{PurgePlace, Request, Row, RunNo, RunRecord, RunStatus};

#[derive(Default)]
pub(super) struct State {
    runs: BTreeMap<RunNo, Run>,
    last_run: i64,
    pub(super) by_id: HashMap<RunId, RunNo>,
    /// By workflow, then by the user's id.
    pub(super) by_user_id: HashMap<String, HashMap<String, RunNo>>,
    /// By workflow and version.
    pub(super) open: HashMap<(String, Option<u32>), Open>,
    /// The children of each run.
    children: HashMap<RunNo, Vec<RunNo>>,
    /// Those that are over, in the order in which they are purged.
    pub(super) finished: BTreeSet<PurgePlace>,
    /// How far every tracker was with each lane, when purges asked.
    pub(super) delivered: BTreeMap<Timestamp, Vec<u64>>,
    pub(super) lanes: [Lane; LANES as usize],
    pub(super) inbox: BTreeMap<u64, Request>,
    pub(super) last_request: u64,
    /// How often something was left for whoever executes.
    pub(super) left: u64,
    pub(super) cursors: HashMap<String, Vec<Cursor>>,
    pub(super) letters: BTreeMap<LetterId, Quarantine>,
    /// Manifests by workflow and fingerprint.
    pub(super) definitions: HashMap<(String, u64), String>,
    last_epoch: u64,
}

/// The runs of one workflow that are not over.
#[derive(Default)]
pub(super) struct Open {
    /// Running ones, by owner: those without one first, then by lease.
    pub(super) running: BTreeSet<(Option<u64>, RunNo)>,
    /// Waiting and queued ones that wait for an instant.
    pub(super) waiting: BTreeSet<(Timestamp, RunNo)>,
}

pub(super) struct Run {
    pub(super) record: RunRecord,
    /// The row with number *n* lies at index *n* − 1.
    pub(super) rows: Vec<Row>,
    /// The position of the last one.
    pub(super) last_pos: u64,
    /// The ids of the requests in its inbox.
    pub(super) requests: Vec<u64>,
    /// Its parent no longer waits for it.
    pub(super) given_up: bool,
}

/// How far a tracker is with one lane.
#[derive(Clone, Copy)]
pub(super) struct Cursor {
    /// The position after which its events begin.
    pub(super) start: u64,
    /// The position up to which it is done.
    pub(super) pos: u64,
    /// How many of these it put aside.
    pub(super) quarantined: u64,
    /// How many of these it dropped for their age.
    pub(super) expired: u64,
}

impl State {
    pub(super) const fn next_epoch(&mut self) -> u64 {
        self.last_epoch += 1;
        self.last_epoch
    }

    pub(super) fn run(&self, run: RunNo) -> Option<&Run> {
        self.runs.get(&run)
    }

    pub(super) fn run_mut(&mut self, run: RunNo) -> Option<&mut Run> {
        self.runs.get_mut(&run)
    }

    pub(super) fn children_of(&self, run: RunNo) -> Vec<RunNo> {
        self.children.get(&run).cloned().unwrap_or_default()
    }

    pub(super) fn newest_first(&self) -> impl Iterator<Item = &RunRecord> {
        self.runs.values().rev().map(|run| &run.record)
    }

    /// A number that no run has had.
    pub(super) const fn next_run(&mut self) -> RunNo {
        self.last_run += 1;
        RunNo(self.last_run)
    }

    /// Lets a blocked run go on.
    pub(super) fn unblock(&mut self, run: RunNo, at: Timestamp) -> bool {
        let is_blocked = |run: &Run| run.record.status == RunStatus::Blocked;
        if !self.run(run).is_some_and(is_blocked) {
            return false;
        }
        self.update(run, |record| {
            record.status = RunStatus::Waiting;
            record.wake_at = Some(at);
        });
        self.left += 1;
        true
    }

    /// Takes its user id from a run that is over.
    pub(super) fn set_aside(&mut self, run: RunNo) -> bool {
        let over = self.run(run).filter(|run| run.record.status.is_terminal());
        let Some(record) = over.map(|run| run.record.clone()) else {
            return false;
        };
        self.free_user_id(&record);
        true
    }

    fn free_user_id(&mut self, record: &RunRecord) {
        if let Some(id) = &record.user_id
            && let Some(ids) = self.by_user_id.get_mut(&record.workflow)
            && ids.get(id) == Some(&record.run)
        {
            ids.remove(id);
        }
    }

    /// Takes a run away, and its names.
    pub(super) fn take_run(&mut self, run: RunNo) -> Option<Run> {
        let taken = self.runs.remove(&run)?;
        let record = &taken.record;
        self.by_id.remove(&record.run_id);
        self.leave(record);
        self.free_user_id(record);
        if let Some(siblings) = record.parent.and_then(|run| self.children.get_mut(&run)) {
            siblings.retain(|child| *child != run);
        }
        self.children.remove(&run);
        Some(taken)
    }

    pub(super) fn add(&mut self, record: RunRecord) {
        self.by_id.insert(record.run_id, record.run);
        if let Some(id) = &record.user_id {
            let of_workflow = self.by_user_id.entry(record.workflow.clone()).or_default();
            of_workflow.insert(id.clone(), record.run);
        }
        if let Some(parent) = record.parent {
            self.children.entry(parent).or_default().push(record.run);
        }
        self.enter(&record);
        let run = Run {
            record,
            rows: Vec::new(),
            last_pos: 0,
            requests: Vec::new(),
            given_up: false,
        };
        self.runs.insert(run.record.run, run);
    }

    /// Changes a run's record and keeps the indexes right.
    pub(super) fn update(&mut self, run: RunNo, change: impl FnOnce(&mut RunRecord)) {
        let Some(entry) = self.run_mut(run) else {
            return;
        };
        let before = entry.record.clone();
        change(&mut entry.record);
        let after = entry.record.clone();
        self.leave(&before);
        self.enter(&after);
    }

    fn enter(&mut self, record: &RunRecord) {
        self.finished.extend(finished(record));
        let open = self.open_of(record);
        if record.status == RunStatus::Running {
            open.running.insert((record.owner, record.run));
        }
        if let Some(wake_at) = record.wake_at {
            open.waiting.insert((wake_at, record.run));
        }
    }

    fn leave(&mut self, record: &RunRecord) {
        if let Some(place) = finished(record) {
            self.finished.remove(&place);
        }
        let open = self.open_of(record);
        open.running.remove(&(record.owner, record.run));
        if let Some(wake_at) = record.wake_at {
            open.waiting.remove(&(wake_at, record.run));
        }
    }

    fn open_of(&mut self, record: &RunRecord) -> &mut Open {
        let key = (record.workflow.clone(), record.version);
        self.open.entry(key).or_default()
    }
}

impl Run {
    pub(super) fn last_seq(&self) -> u64 {
        self.rows.last().map_or(0, |row| row.seq)
    }

    pub(super) fn standing(&self) -> Standing {
        Standing {
            status: self.record.status,
            owner: self.record.owner,
            execution: self.record.execution,
            last_seq: self.last_seq(),
        }
    }
}

/// Puts a record where a change of status leads.
pub(super) fn place(record: &mut RunRecord, place: Place) {
    record.status = place.status;
    record.wake_at = place.wake_at;
    record.owner = place.owner;
    record.finished_at = place.finished_at;
    record.awaits.clear();
}

/// The run's place among those that are over, if it is.
fn finished(record: &RunRecord) -> Option<PurgePlace> {
    Some(PurgePlace {
        round: ENDED.iter().position(|status| *status == record.status)?,
        finished_at: record.finished_at?,
        run: record.run,
    })
}
