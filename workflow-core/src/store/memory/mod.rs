//! A store in memory: it survives everything but the end of the process.

mod commit;
#[cfg(any(test, feature = "testing"))]
mod fuse;
mod inbox;
mod lanes;
mod letters;
mod log;
mod purge;
mod query;
mod state;

use std::fmt;
use std::future::ready;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use workflow_tracker::{
    Account, BoxFuture, CursorMove, DeadLetter, EventLog, Expire, LanePosition, LetterEnd,
    LetterId, LetterQuery, LogError, LoggedEvent, OpenCursor, Quarantine, ReadLane, Timestamp,
};

use super::{
    Census, Claim, Claimable, CommitResult, Definition, Due, Extent, Lease, NewRequest, Notice,
    Purge, PurgedPart, ReadExtent, ReadRows, Request, RequestReply, Row, RunCommit, RunKey, RunNo,
    RunQuery, RunRecord, Store, StoreError,
};
#[cfg(any(test, feature = "testing"))]
pub(crate) use fuse::{Fuse, Moment};
use state::State;

/// A store in memory, for tests and for runs that need not outlive the process.
///
/// It keeps the whole contract of [`Store`] but durability: what it holds is gone with the
/// process. Several engines of one process can share it through an [`Arc`]; one of them executes.
///
/// ```
/// use std::sync::Arc;
/// use workflow_core::store::{MemoryStore, Store};
///
/// let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
/// assert_eq!(store.describe(), "memory");
/// ```
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
    lease: Arc<Semaphore>,
    /// Whether the holder of the lease is about to leave.
    leaving: Arc<AtomicBool>,
    /// When the process that sees the memory through this value dies.
    #[cfg(any(test, feature = "testing"))]
    fuse: Arc<Fuse>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self {
            state: Arc::default(),
            lease: Arc::new(Semaphore::new(1)),
            leaving: Arc::default(),
            #[cfg(any(test, feature = "testing"))]
            fuse: Arc::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no method panics while it holds the state")
    }

    /// The future of what is known already.
    fn answer<T: Send + 'static, E: Send + 'static>(
        &self,
        act: impl FnOnce(&mut State) -> T,
    ) -> BoxFuture<'_, Result<T, E>> {
        #[cfg(any(test, feature = "testing"))]
        if self.fuse.is_blown() {
            return Box::pin(std::future::pending());
        }
        Box::pin(ready(Ok(act(&mut self.state()))))
    }

    fn grant(&self, permit: OwnedSemaphorePermit) -> Lease {
        let epoch = self.state().next_epoch();
        self.leaving.store(false, Ordering::Release);
        let leaving = Arc::clone(&self.leaving);
        let lease = Lease::new(epoch, Box::new(permit));
        lease.resigning(move || leaving.store(true, Ordering::Release))
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

impl Store for MemoryStore {
    fn describe(&self) -> String {
        "memory".to_owned()
    }

    fn lease(&self) -> BoxFuture<'_, Result<Lease, StoreError>> {
        let permit = Arc::clone(&self.lease).acquire_owned();
        Box::pin(async move {
            let permit = permit.await.expect("the semaphore is never closed");
            Ok(self.grant(permit))
        })
    }

    fn try_lease(&self) -> BoxFuture<'_, Result<Option<Lease>, StoreError>> {
        let permit = Arc::clone(&self.lease).try_acquire_owned().ok();
        Box::pin(ready(Ok(permit.map(|permit| self.grant(permit)))))
    }

    fn holder(&self) -> BoxFuture<'_, Result<Option<String>, StoreError>> {
        let held = self.lease.available_permits() == 0 && !self.leaving.load(Ordering::Acquire);
        let words = held.then(|| "an engine of this process".to_owned());
        Box::pin(ready(Ok(words)))
    }

    fn commit(
        &self,
        group: Vec<RunCommit>,
    ) -> BoxFuture<'_, Result<Vec<CommitResult>, StoreError>> {
        let write = |state: &mut State| group.into_iter().map(|one| state.commit(one)).collect();
        #[cfg(any(test, feature = "testing"))]
        return self.fused(write);
        #[cfg(not(any(test, feature = "testing")))]
        self.answer(write)
    }

    fn release(&self, claim: Claim) {
        #[cfg(any(test, feature = "testing"))]
        if self.fuse.is_blown() {
            return;
        }
        self.state().release(claim);
    }

    fn request(&self, request: NewRequest) -> BoxFuture<'_, Result<RequestReply, StoreError>> {
        self.answer(|state| state.request(request))
    }

    fn requests(&self, after: u64) -> BoxFuture<'_, Result<Vec<Notice>, StoreError>> {
        self.answer(|state| state.requests(after))
    }

    fn inbox(&self, run: RunNo) -> BoxFuture<'_, Result<Vec<Request>, StoreError>> {
        self.answer(|state| state.inbox(run))
    }

    fn run(&self, key: RunKey) -> BoxFuture<'_, Result<Option<RunRecord>, StoreError>> {
        self.answer(|state| state.record(&key))
    }

    fn runs(&self, query: RunQuery) -> BoxFuture<'_, Result<Vec<RunRecord>, StoreError>> {
        self.answer(|state| state.list(&query))
    }

    fn rows(&self, read: ReadRows) -> BoxFuture<'_, Result<Vec<Row>, StoreError>> {
        self.answer(|state| state.rows(read))
    }

    fn last_row(&self, run: RunNo) -> BoxFuture<'_, Result<Option<Row>, StoreError>> {
        self.answer(|state| state.last_row(run))
    }

    fn extent(&self, read: ReadExtent) -> BoxFuture<'_, Result<Option<Extent>, StoreError>> {
        self.answer(|state| state.extent(read))
    }

    fn claimable(&self, claimable: Claimable) -> BoxFuture<'_, Result<Due, StoreError>> {
        self.answer(|state| state.claimable(&claimable))
    }

    fn unblock(&self, run: RunNo, at: Timestamp) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.answer(|state| state.unblock(run, at))
    }

    fn census(&self) -> BoxFuture<'_, Result<Census, StoreError>> {
        self.answer(|state| state.census())
    }

    fn set_aside(&self, run: RunNo) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.answer(|state| state.set_aside(run))
    }

    fn define(&self, definitions: Vec<Definition>) -> BoxFuture<'_, Result<(), StoreError>> {
        self.answer(|state| {
            for Definition {
                workflow,
                fingerprint,
                manifest,
            } in definitions
            {
                state.definitions.insert((workflow, fingerprint), manifest);
            }
        })
    }

    fn definition(
        &self,
        workflow: &str,
        fingerprint: u64,
    ) -> BoxFuture<'_, Result<Option<String>, StoreError>> {
        let key = (workflow.to_owned(), fingerprint);
        self.answer(|state| state.definitions.get(&key).cloned())
    }

    fn purge(&self, purge: Purge) -> BoxFuture<'_, Result<PurgedPart, StoreError>> {
        self.answer(|state| state.purge(&purge))
    }

    fn changes(&self) -> BoxFuture<'_, Result<u64, StoreError>> {
        self.answer(|state| state.left)
    }
}

impl EventLog for MemoryStore {
    fn open_cursor(&self, open: OpenCursor) -> BoxFuture<'_, Result<Vec<LanePosition>, LogError>> {
        self.answer(|state| state.open_cursor(open))
    }

    fn positions(&self, tracker: &str) -> BoxFuture<'_, Result<Vec<LanePosition>, LogError>> {
        let positions = self.state().positions(tracker);
        Box::pin(ready(positions))
    }

    fn read(&self, read: ReadLane) -> BoxFuture<'_, Result<Vec<LoggedEvent>, LogError>> {
        self.answer(|state| state.read(read))
    }

    fn gone(&self, lane: u8, after: u64) -> BoxFuture<'_, Result<u64, LogError>> {
        self.answer(|state| state.gone(lane, after))
    }

    fn advance(&self, cursor: CursorMove) {
        self.state().advance(&cursor);
    }

    fn settle(&self) -> BoxFuture<'_, Result<(), LogError>> {
        Box::pin(ready(Ok(())))
    }

    fn account(&self, tracker: &str) -> BoxFuture<'_, Result<Account, LogError>> {
        let account = self.state().account(tracker);
        Box::pin(ready(account))
    }

    fn quarantine(&self, event: Quarantine) -> BoxFuture<'_, Result<(), LogError>> {
        self.answer(|state| state.quarantine(event))
    }

    fn expire(&self, events: Expire) -> BoxFuture<'_, Result<(), LogError>> {
        self.answer(|state| state.expire(&events))
    }

    fn dead_letters(&self, query: LetterQuery) -> BoxFuture<'_, Result<Vec<DeadLetter>, LogError>> {
        self.answer(|state| state.letters(&query))
    }

    fn dead_letter(&self, letter: LetterId) -> BoxFuture<'_, Result<Option<DeadLetter>, LogError>> {
        self.answer(|state| state.letter(&letter))
    }

    fn close_letter(
        &self,
        letter: LetterId,
        end: LetterEnd,
    ) -> BoxFuture<'_, Result<bool, LogError>> {
        self.answer(|state| state.close_letter(&letter, end))
    }

    fn trackers(&self) -> BoxFuture<'_, Result<Vec<String>, LogError>> {
        self.answer(|state| state.trackers())
    }

    fn forget(&self, tracker: &str) -> BoxFuture<'_, Result<Option<Account>, LogError>> {
        self.answer(|state| state.forget(tracker))
    }
}
