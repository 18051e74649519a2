//! What the store in memory holds, with the indexes that its questions need.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use workflow_tracker::{LANES, LetterId, Quarantine, Timestamp};

use crate::id::RunId;
use crate::store::rules::{Place, Standing};
use crate::store::{Request, Row, RunNo, RunRecord, RunStatus};

#[derive(Default)]
pub(super) struct State {
    /// Run *n* lies at index *n* − 1.
    runs: Vec<Run>,
    pub(super) by_id: HashMap<RunId, RunNo>,
    /// By workflow, then by the user's id.
    pub(super) by_user_id: HashMap<String, HashMap<String, RunNo>>,
    /// By workflow and version.
    pub(super) open: HashMap<(String, Option<u32>), Open>,
    /// The children of each run.
    children: HashMap<RunNo, Vec<RunNo>>,
    /// Position *p* of a lane lies at index *p* − 1.
    pub(super) lanes: [Vec<LaneEntry>; LANES as usize],
    pub(super) inbox: BTreeMap<u64, Request>,
    pub(super) last_request: u64,
    pub(super) cursors: HashMap<String, Vec<Cursor>>,
    pub(super) letters: BTreeMap<LetterId, Quarantine>,
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
    /// The ids of the requests in its inbox.
    pub(super) requests: Vec<u64>,
}

/// Which row lies at a position.
#[derive(Clone, Copy)]
pub(super) struct LaneEntry {
    pub(super) run: RunNo,
    pub(super) seq: u64,
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
        self.runs.get(index(run)?)
    }

    pub(super) fn run_mut(&mut self, run: RunNo) -> Option<&mut Run> {
        self.runs.get_mut(index(run)?)
    }

    pub(super) fn children_of(&self, run: RunNo) -> Vec<RunNo> {
        self.children.get(&run).cloned().unwrap_or_default()
    }

    pub(super) fn newest_first(&self) -> impl Iterator<Item = &RunRecord> {
        self.runs.iter().rev().map(|run| &run.record)
    }

    pub(super) fn next_run(&self) -> RunNo {
        RunNo(i64::try_from(self.runs.len()).expect("fewer runs than 2^63") + 1)
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
        self.runs.push(Run {
            record,
            rows: Vec::new(),
            requests: Vec::new(),
        });
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
        let open = self.open_of(record);
        if record.status == RunStatus::Running {
            open.running.insert((record.owner, record.run));
        }
        if let Some(wake_at) = record.wake_at {
            open.waiting.insert((wake_at, record.run));
        }
    }

    fn leave(&mut self, record: &RunRecord) {
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

fn index(run: RunNo) -> Option<usize> {
    usize::try_from(run.0.checked_sub(1)?).ok()
}
