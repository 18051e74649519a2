//! What an engine asks of durable memory: the contract that every store keeps.
//!
//! A store holds runs, their log, the inbox of requests and the trackers' cursors. Each method
//! is one transaction: it happens whole, or not at all and returns an error. The conformance
//! suite (feature `testing`) checks every sentence of [`Store`] on a backend.

mod census;
#[cfg(any(test, feature = "testing"))]
pub mod conformance;
mod definition;
mod effects;
mod error;
mod memory;
mod purge;
mod reading;
mod request;
mod rules;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(test)]
mod tests;
mod types;

use std::any::Any;
use std::fmt;

pub use census::{Census, OpenRuns};
pub use definition::Definition;
pub use effects::{Await, CancelChildren, Children, Effects, NewChild};
pub use error::{StoreError, StoreErrorKind};
pub use memory::MemoryStore;
#[cfg(any(test, feature = "testing"))]
pub(crate) use memory::{Fuse, Moment};
pub use purge::{Purge, PurgePlace, PurgedPart};
pub use request::{NewRequest, Notice, Request, RequestKind, RequestReply};
#[cfg(feature = "sqlite")]
pub use sqlite::{Counters, SqliteOptions, SqliteStore, Synchronous};
pub use types::{
    Change, Claim, Claimable, CommitResult, Committed, CrashCount, Due, EndStatus, Extent, NewRow,
    NewRun, NewStatus, ReadExtent, ReadRows, Refused, Row, RunCommit, RunKey, RunNo, RunQuery,
    RunRecord, RunStatus, Served, Target,
};
pub use workflow_tracker::BoxFuture;
use workflow_tracker::{EventLog, Timestamp};

/// The right of one engine to execute the runs of a store; dropping it gives the right back,
/// behind everything that the store was given before.
pub struct Lease {
    epoch: u64,
    resign: Option<Box<dyn Fn() + Send + Sync>>,
    _held: Box<dyn Any + Send + Sync>,
}

impl Lease {
    /// A lease that holds `held` for as long as it lives.
    ///
    /// `epoch` is larger than that of every lease before it in this store.
    pub fn new(epoch: u64, held: Box<dyn Any + Send + Sync>) -> Self {
        Self {
            epoch,
            resign: None,
            _held: held,
        }
    }

    /// Calls this when the holder is about to leave: [`Store::holder`] names nobody from then on,
    /// though the lease is still held.
    #[must_use]
    pub fn resigning(mut self, resign: impl Fn() + Send + Sync + 'static) -> Self {
        self.resign = Some(Box::new(resign));
        self
    }

    /// Says that the lease will be given back as soon as nothing is executed under it: whoever
    /// comes next waits for it, and does not stand by.
    pub(crate) fn resign(&self) {
        if let Some(resign) = &self.resign {
            resign();
        }
    }

    /// The number of this lease: each one has a larger number than all before it.
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease")
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

/// Durable memory for runs.
///
/// # Contract
///
/// - **Atomic.** What a method writes becomes visible and durable together. After an error
///   nothing of it is there, and it may be called again with the same arguments.
/// - **Ordered.** Every row of the log gets the next position of its run's lane inside the
///   commit that writes it, so within a lane the order of commits is the order of positions,
///   without gaps. A reader never sees position *p* before all positions below it.
/// - **Fenced.** A commit shows a [`Claim`]; one that does not match the run's row is refused.
///   A refused commit changes nothing and does not disturb the others of its group.
/// - **One start, one end.** A (workflow, user id) pair names at most one run. A run's status
///   moves only away from non-terminal ones, and its `seq` has no gaps.
pub trait Store: EventLog {
    /// What the store is and where, for messages: `SQLite file checkout.db`.
    fn describe(&self) -> String;

    /// The right to execute runs, as soon as no other engine has it.
    ///
    /// Waits without polling; dropping the future gives up. Only the holder commits under
    /// claims; everyone may create queued runs, request and read.
    fn lease(&self) -> BoxFuture<'_, Result<Lease, StoreError>>;

    /// The right to execute runs, if no other engine has it now.
    fn try_lease(&self) -> BoxFuture<'_, Result<Option<Lease>, StoreError>>;

    /// Who holds the lease and stays, in words for messages, where that is known.
    fn holder(&self) -> BoxFuture<'_, Result<Option<String>, StoreError>>;

    /// Commits the turns of several runs together, in order; one result for each.
    ///
    /// For each commit: its [`Target`] is checked, the rows are appended, the [`Change`] is
    /// made. A refused commit is left out; the others happen. A backend that hits an unexpected
    /// error in a group tries its members one by one: those that cannot be written are refused
    /// with [`Refused::Failed`]. An error means that none of the group happened.
    ///
    /// [`Change::End`] with `unless_cancelled` is refused with
    /// [`Refused::CancelRequested`] where the inbox holds a cancel for the run; every end
    /// removes the run's requests from the inbox.
    ///
    /// The commit's [`Effects`] happen with it, and not at all where it is refused:
    ///
    /// - The requests that it used leave the inbox. One that is not there refuses the commit.
    /// - A run that waits is due at once where its inbox holds what it awaits.
    /// - Its children are created, queued, with it as their parent. A run id that is taken is
    ///   left as it is.
    /// - The children that it cancels have a cancel in their inboxes, as if it was requested.
    ///
    /// A run that ends and has a parent puts [`RequestKind::ChildEnded`] with its last row into
    /// the parent's inbox in the same transaction, unless the parent has ended or has given it up.
    fn commit(&self, group: Vec<RunCommit>)
    -> BoxFuture<'_, Result<Vec<CommitResult>, StoreError>>;

    /// Gives a claim back because its guard vanished: the run can be claimed at once, and that
    /// does not count as a crash.
    ///
    /// Returns at once and does its work elsewhere; a claim that is no longer current is ignored.
    fn release(&self, claim: Claim);

    /// Puts a request into the inbox of a run that has not ended.
    ///
    /// Once it is accepted, no commit that ends the run overlooks a cancel, and a run that waits
    /// for what the request brings is due at once. Requests to a run are kept in the order in
    /// which they were accepted, until a commit uses them or the run ends.
    fn request(&self, request: NewRequest) -> BoxFuture<'_, Result<RequestReply, StoreError>>;

    /// Which requests with an id above `after` are in the inboxes of all runs, oldest first, at
    /// most 1,000.
    fn requests(&self, after: u64) -> BoxFuture<'_, Result<Vec<Notice>, StoreError>>;

    /// The requests to one run, oldest first.
    fn inbox(&self, run: RunNo) -> BoxFuture<'_, Result<Vec<Request>, StoreError>>;

    /// One run.
    fn run(&self, key: RunKey) -> BoxFuture<'_, Result<Option<RunRecord>, StoreError>>;

    /// Runs, newest first.
    fn runs(&self, query: RunQuery) -> BoxFuture<'_, Result<Vec<RunRecord>, StoreError>>;

    /// Rows of a run's log, in order of `seq`, with their payloads.
    fn rows(&self, read: ReadRows) -> BoxFuture<'_, Result<Vec<Row>, StoreError>>;

    /// The last row of a run's log; of a run that has ended, its outcome.
    fn last_row(&self, run: RunNo) -> BoxFuture<'_, Result<Option<Row>, StoreError>>;

    /// How far a run goes in its lane; `None` where there is no such run.
    fn extent(&self, read: ReadExtent) -> BoxFuture<'_, Result<Option<Extent>, StoreError>>;

    /// Runs that nobody drives and that are due: running ones first, then those that wait
    /// longest. What it costs does not grow with the runs of workflows that are not asked for.
    fn claimable(&self, claimable: Claimable) -> BoxFuture<'_, Result<Due, StoreError>>;

    /// Lets a blocked run go on: it waits, and is due at this instant. False where there is no
    /// such run, or it is not blocked.
    fn unblock(&self, run: RunNo, at: Timestamp) -> BoxFuture<'_, Result<bool, StoreError>>;

    /// How many runs there are.
    fn census(&self) -> BoxFuture<'_, Result<Census, StoreError>>;

    /// Takes its user id from a run that has ended: the id is free for a new one. The run stays
    /// as it is, is found by its own id, and its events still name the user's. False where there
    /// is no such run, or it has not ended.
    fn set_aside(&self, run: RunNo) -> BoxFuture<'_, Result<bool, StoreError>>;

    /// Removes finished runs with their logs, a part of them: as much as a short transaction
    /// can hold. Whoever purges goes on with the place that the answer gives, until there is none.
    ///
    /// A run goes when it ended at least [`keep`](Purge::keep) ago and its last event was behind
    /// the cursors of every tracker at least that long ago, as far as purges saw it: each first
    /// part notes where the cursors are. A run of which an event is a dead letter stays, and so
    /// does a child of a run that is not over. Then its id is free, all at once; rows of its log
    /// may be deleted by later parts. No tracker's account changes, and no position is given
    /// twice.
    fn purge(&self, purge: Purge) -> BoxFuture<'_, Result<PurgedPart, StoreError>>;

    /// Keeps the manifests of workflows. One with the name and fingerprint of another takes its
    /// place.
    fn define(&self, definitions: Vec<Definition>) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The manifest of a workflow that was kept under this fingerprint.
    fn definition(
        &self,
        workflow: &str,
        fingerprint: u64,
    ) -> BoxFuture<'_, Result<Option<String>, StoreError>>;

    /// A number that changes whenever another process may have written, and whenever something was
    /// left for whoever executes through this very store: a queued run, a request. Two engines of
    /// one process may share it. Costs no I/O while nothing changed.
    fn changes(&self) -> BoxFuture<'_, Result<u64, StoreError>>;
}
