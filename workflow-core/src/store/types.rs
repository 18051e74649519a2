//! What goes into a store and comes out of it.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;
use workflow_tracker::{Audience, EventType, Timestamp};

use crate::id::RunId;
use crate::store::{Await, Effects, StoreError};

/// The store's own number of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunNo(pub i64);

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RunStatus {
    /// Accepted and not yet started.
    Queued,
    /// Claimed by an engine, or to be claimed by the next one.
    Running,
    /// Waits for a time, a signal or a child; nobody owns it.
    Waiting,
    /// Cannot go on until somebody releases it.
    Blocked,
    /// Returned a value.
    Completed,
    /// Returned an error, or panicked.
    Failed,
    /// Was cancelled.
    Cancelled,
}

impl RunStatus {
    /// Every status.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Running,
        Self::Waiting,
        Self::Blocked,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Whether the run is over.
    pub const fn is_terminal(self) -> bool {
        match self {
            Self::Queued | Self::Running | Self::Waiting | Self::Blocked => false,
            Self::Completed | Self::Failed | Self::Cancelled => true,
        }
    }

    /// The status as one lower-case word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Blocked => "blocked",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl std::fmt::Display for RunStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The right to drive a run, as each commit shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    /// The run.
    pub run: RunNo,
    /// The lease under which the run was claimed.
    pub epoch: u64,
    /// Which claim of the run, from 1.
    pub execution: u64,
}

/// A run as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecord {
    /// The store's own number.
    pub run: RunNo,
    /// The run's id.
    pub run_id: RunId,
    /// The workflow's name.
    pub workflow: String,
    /// The workflow's version when the run started, where it has versions.
    pub version: Option<u32>,
    /// The id that the user gave, if one was given.
    pub user_id: Option<String>,
    /// The digest of the canonical JSON of the input.
    pub input_digest: [u8; 32],
    /// The fingerprint of the code that recorded the log so far.
    pub fingerprint: u64,
    /// Where the run stands.
    pub status: RunStatus,
    /// When a waiting or queued run is due.
    pub wake_at: Option<Timestamp>,
    /// The run's lane in the log.
    pub lane: u8,
    /// The lease that owns the run's claim, if any does.
    pub owner: Option<u64>,
    /// How often the run was claimed.
    pub execution: u64,
    /// Claims after a crash since a result was last recorded, as of the last such claim.
    pub crashes: CrashCount,
    /// When the run was created.
    pub created_at: Timestamp,
    /// When it ended, if it has.
    pub finished_at: Option<Timestamp>,
    /// The run that started it as a child.
    pub parent: Option<RunNo>,
    /// What a waiting run waits for beside its instant.
    pub awaits: Vec<Await>,
}

/// Claims after a crash, counted since a result was last recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CrashCount {
    /// How many.
    pub count: u32,
    /// The last `seq` of the run's log when the last of them was made.
    pub at_seq: u64,
}

/// A row of a run's log that is to be written.
#[derive(Clone, PartialEq, Eq)]
pub struct NewRow {
    /// The row's place in its run, contiguous from 1.
    pub seq: u64,
    /// The turn that produced it.
    pub turn: u64,
    /// The event's id.
    pub event_id: Uuid,
    /// The event's type.
    pub event_type: EventType,
    /// When the event occurred.
    pub occurred_at: Timestamp,
    /// The event's own fields, a JSON object.
    pub fields: String,
    /// To whom the values among them are shown.
    pub audience: Audience,
    /// What replay needs beside them.
    pub payload: Option<Vec<u8>>,
}

/// A row of a run's log.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// The row's place in its run, contiguous from 1.
    pub seq: u64,
    /// The turn that produced it.
    pub turn: u64,
    /// The event's id.
    pub event_id: Uuid,
    /// The event's type.
    pub event_type: EventType,
    /// When the event occurred.
    pub occurred_at: Timestamp,
    /// When it was committed.
    pub recorded_at: Timestamp,
    /// The event's own fields, a JSON object.
    pub fields: String,
    /// To whom the values among them are shown.
    pub audience: Audience,
    /// What replay needs beside them.
    pub payload: Option<Vec<u8>>,
}

impl fmt::Debug for NewRow {
    /// Without the payload, which may hold what is in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewRow")
            .field("seq", &self.seq)
            .field("turn", &self.turn)
            .field("event_id", &self.event_id)
            .field("event_type", &self.event_type)
            .field("occurred_at", &self.occurred_at)
            .field("fields", &self.fields)
            .field("audience", &self.audience)
            .field("payload_bytes", &self.payload.as_ref().map(Vec::len))
            .finish()
    }
}

impl fmt::Debug for Row {
    /// Without the payload, which may hold what is in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row")
            .field("seq", &self.seq)
            .field("turn", &self.turn)
            .field("event_id", &self.event_id)
            .field("event_type", &self.event_type)
            .field("occurred_at", &self.occurred_at)
            .field("recorded_at", &self.recorded_at)
            .field("fields", &self.fields)
            .field("audience", &self.audience)
            .field("payload_bytes", &self.payload.as_ref().map(Vec::len))
            .finish()
    }
}

/// A run that is to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRun {
    /// The run's id.
    pub run_id: RunId,
    /// The workflow's name.
    pub workflow: Arc<str>,
    /// The workflow's version, where it has versions.
    pub version: Option<u32>,
    /// The id that the user gives, if one is given; unique within the workflow.
    pub user_id: Option<String>,
    /// The digest of the canonical JSON of the input.
    pub input_digest: [u8; 32],
    /// The fingerprint of the workflow.
    pub fingerprint: u64,
    /// The run's lane in the log.
    pub lane: u8,
    /// How it begins.
    pub status: NewStatus,
}

/// How a run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewStatus {
    /// Not started; due at an instant.
    Queued {
        /// When it is due.
        wake_at: Timestamp,
    },
    /// Claimed, as execution 1, by the engine with this lease.
    Claimed {
        /// The lease.
        epoch: u64,
    },
}

/// Which run a commit is for, and what must be true of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A new run. Refused with [`Refused::Exists`] where its (workflow, user id) or its run id
    /// is taken.
    New(Box<NewRun>),
    /// A run that is running under this very claim.
    Claimed(Claim),
    /// A run that has not ended, whose last claim was number `execution`, and that does not run
    /// under `epoch` itself or a later lease. The commit claims it, as number `execution` + 1.
    Take {
        /// The run.
        run: RunNo,
        /// The number of its last claim.
        execution: u64,
        /// The lease of the engine that takes it.
        epoch: u64,
        /// The fingerprint of the code that takes it.
        fingerprint: u64,
        /// The new crash count, where it changes.
        crashes: Option<CrashCount>,
    },
}

/// How a commit changes a run's status, beyond claiming it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The run waits, and nobody owns it.
    Wait {
        /// When it is due; `None` where it waits for something other than time.
        wake_at: Option<Timestamp>,
    },
    /// The run cannot go on, and nobody owns it.
    Block,
    /// The run stays running, and nobody owns it: it can be claimed at once.
    Release,
    /// The run is over.
    End {
        /// How.
        status: EndStatus,
        /// Refuse the commit where the inbox holds a cancel for the run.
        unless_cancelled: bool,
    },
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndStatus {
    /// It returned a value.
    Completed,
    /// It returned an error, or panicked.
    Failed,
    /// It was cancelled.
    Cancelled,
}

impl From<EndStatus> for RunStatus {
    fn from(status: EndStatus) -> Self {
        match status {
            EndStatus::Completed => Self::Completed,
            EndStatus::Failed => Self::Failed,
            EndStatus::Cancelled => Self::Cancelled,
        }
    }
}

/// What one run commits: everything that its turns produced.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunCommit {
    /// Which run, and what must be true of it.
    pub target: Target,
    /// The rows, in order of `seq`; shared, because whoever commits keeps them until it knows
    /// that they are durable.
    pub rows: Arc<Vec<NewRow>>,
    /// How the status changes; `None` for a plain step.
    pub change: Option<Change>,
    /// The instant of the commit.
    pub recorded_at: Timestamp,
    /// What it does to the run's inbox and to other runs.
    pub effects: Effects,
}

impl RunCommit {
    /// A commit that appends rows and changes no status.
    pub fn new(target: Target, rows: impl Into<Arc<Vec<NewRow>>>, recorded_at: Timestamp) -> Self {
        Self {
            target,
            rows: rows.into(),
            change: None,
            recorded_at,
            effects: Effects::default(),
        }
    }

    /// The same commit, changing the status too.
    #[must_use]
    pub fn with_change(mut self, change: impl Into<Option<Change>>) -> Self {
        self.change = change.into();
        self
    }

    /// The same commit, reaching beyond the run's own rows.
    #[must_use]
    pub fn with_effects(mut self, effects: Effects) -> Self {
        self.effects = effects;
        self
    }
}

/// What became of one commit of a group.
pub type CommitResult = Result<Committed, Refused>;

/// A commit that is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The claim that the next commit of the run shows (meaningless once the run has no owner).
    pub claim: Claim,
    /// The run's lane.
    pub lane: u8,
    /// The position of the commit's last row in the lane; 0 where it had no rows.
    pub pos: u64,
}

/// Why a commit was left out of its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The (workflow, user id) pair of a new run names this run already.
    Exists(Box<RunRecord>),
    /// The claim is not the current one: somebody else took the run, or it has ended.
    Fenced,
    /// The inbox holds a cancel, and the commit would have ended the run otherwise.
    CancelRequested {
        /// The reason that was given with the first cancel.
        reason: Option<String>,
    },
    /// The store could not write this commit, although it went on with the group: it was too
    /// large for the space that is left, say, or its rows do not continue the run's log.
    Failed(StoreError),
}

/// How a run is named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RunKey {
    /// By the store's number.
    No(RunNo),
    /// By its id.
    Id(RunId),
    /// By its workflow and the id that the user gave.
    UserId {
        /// The workflow's name.
        workflow: String,
        /// The user's id.
        id: String,
    },
}

/// Which runs to list.
///
/// ```
/// use workflow_core::{RunQuery, RunStatus};
/// let failed = RunQuery::default().workflow("checkout").status(RunStatus::Failed).max(20);
/// assert_eq!(failed.runs_max, 20);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunQuery {
    /// Only runs of this workflow.
    pub workflow: Option<String>,
    /// Only runs with this status.
    pub status: Option<RunStatus>,
    /// Only runs that were created at this instant or later.
    pub created_from: Option<Timestamp>,
    /// Only runs that were created before this instant.
    pub created_until: Option<Timestamp>,
    /// Only runs older than this one (for the next page).
    pub before: Option<RunNo>,
    /// At most so many.
    pub runs_max: usize,
}

impl RunQuery {
    /// Only runs of this workflow.
    #[must_use]
    pub fn workflow(mut self, workflow: impl Into<String>) -> Self {
        self.workflow = Some(workflow.into());
        self
    }

    /// Only runs with this status.
    #[must_use]
    pub const fn status(mut self, status: RunStatus) -> Self {
        self.status = Some(status);
        self
    }

    /// Only runs that were created at this instant or later.
    #[must_use]
    pub fn created_from(mut self, instant: impl Into<Timestamp>) -> Self {
        self.created_from = Some(instant.into());
        self
    }

    /// Only runs that were created before this instant.
    #[must_use]
    pub fn created_until(mut self, instant: impl Into<Timestamp>) -> Self {
        self.created_until = Some(instant.into());
        self
    }

    /// The page after the one that ended with this run.
    #[must_use]
    pub const fn before(mut self, last: &RunRecord) -> Self {
        self.before = Some(last.run);
        self
    }

    /// At most so many.
    #[must_use]
    pub const fn max(mut self, runs_max: usize) -> Self {
        self.runs_max = runs_max;
        self
    }
}

impl Default for RunQuery {
    /// The newest 100 runs.
    fn default() -> Self {
        Self {
            workflow: None,
            status: None,
            created_from: None,
            created_until: None,
            before: None,
            runs_max: 100,
        }
    }
}

/// Reads rows of a run's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadRows {
    /// The run.
    pub run: RunNo,
    /// Only rows after this `seq`.
    pub after: u64,
    /// At most so many.
    pub rows_max: usize,
}

/// Asks how far a run goes in its lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadExtent {
    /// The run.
    pub run: RunNo,
    /// Count the rows after this position of the lane; `None` where nobody wants to know.
    pub after: Option<u64>,
}

/// How far a run goes in its lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The lane.
    pub lane: u8,
    /// The position of the run's last row; 0 where it has none.
    pub last_pos: u64,
    /// How many of its rows lie after the position that was asked about.
    pub rows_after: u64,
}

/// A workflow that an engine serves, as it asks for runs of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The workflow's name.
    pub workflow: String,
    /// Its version, where it has versions.
    pub version: Option<u32>,
    /// At most so many runs of it.
    pub runs_max: usize,
}

impl Served {
    /// A workflow of which the engine takes as many runs as are due.
    pub fn new(workflow: impl Into<String>, version: Option<u32>) -> Self {
        Self {
            workflow: workflow.into(),
            version,
            runs_max: usize::MAX,
        }
    }
}

/// Asks for runs that nobody drives and that are due.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claimable {
    /// The lease of the engine that asks: runs that run under an older lease, or under none,
    /// are due at once; its own are not.
    pub epoch: u64,
    /// Waiting and queued runs are due up to this instant.
    pub now: Timestamp,
    /// Only runs of these workflows, each named once.
    pub workflows: Vec<Served>,
    /// Not these: the engine knows them, and when they are due.
    pub except: HashSet<RunNo>,
    /// At most so many.
    pub runs_max: usize,
}

impl Claimable {
    /// Asks for at most 256 runs.
    pub const fn new(
        epoch: u64,
        now: Timestamp,
        workflows: Vec<Served>,
        except: HashSet<RunNo>,
    ) -> Self {
        Self {
            epoch,
            now,
            workflows,
            except,
            runs_max: 256,
        }
    }

    /// How many due runs of a workflow a backend looks at: one more than it gives, which tells
    /// whether there are more.
    pub(super) fn enough(&self, served: &Served) -> usize {
        served.runs_max.min(self.runs_max).saturating_add(1)
    }
}

/// Runs that are due, and when the next one will be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// The runs that are due, running ones first, then by the instant at which they were due.
    pub runs: Vec<RunRecord>,
    /// Whether more runs of these workflows are due now than were asked for.
    pub more: bool,
    /// When the next waiting or queued run of these workflows is due, if one will be.
    pub next_at: Option<Timestamp>,
}
