//! The store in a `SQLite` file: one writing thread, readers apart, a lock beside the file.

mod commit;
mod connect;
mod convert;
mod counters;
mod delivery;
mod error;
mod job;
mod lease;
mod log;
mod mounts;
mod moves;
mod options;
mod query;
mod reader;
mod request;
mod schema;
mod sql;
#[cfg(test)]
mod tests;
mod thread;
mod transaction;
mod writer;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

pub use counters::Counters;
pub use options::{SqliteOptions, Synchronous};
use workflow_tracker::{BoxFuture, Timestamp};

use self::counters::Tally;
use self::error::Origin;
use self::job::{Ask, Group, answer, closed};
use self::lease::{Held, LockFile};
use self::log::Durable;
use self::reader::Reader;
use self::transaction::Transaction;
use self::writer::{Message, Writer};
use super::{
    Claim, Claimable, CommitResult, Due, Lease, NewRequest, ReadRows, Request, RequestReply, Row,
    RunCommit, RunKey, RunNo, RunQuery, RunRecord, Store, StoreError, StoreErrorKind,
};

/// A store in one `SQLite` file.
///
/// One engine at a time executes the runs of a file: the one that holds the lock on
/// `<file>-lock`, which the operating system gives back when its process ends. Any number of
/// processes may open the file to start, cancel and look at runs. The file, its `-wal` and
/// `-shm` companions and the lock belong together and lie on a local disk.
///
/// All writing happens on one thread, which commits whatever waits for it in one transaction.
/// What a method was given is handed over when the method is called; dropping its future does
/// not take it back. Dropping the store writes what waits and ends its threads.
///
/// ```
/// use workflow_core::store::{SqliteStore, Store};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("checkout.db");
/// let store = SqliteStore::open(&path)?;
/// assert_eq!(store.describe(), format!("SQLite file {}", path.display()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SqliteStore {
    // Dropped first: the last connection to close, the writer's, tidies the file up.
    engine_reads: Reader,
    relay_reads: Reader,
    writer: Writer,
    lock: Arc<LockFile>,
    durable: Option<Arc<Durable>>,
    tally: Arc<Tally>,
    origin: Origin,
    path: PathBuf,
}

impl SqliteStore {
    /// Opens the store in this file, every commit synced; the file is created where it does not
    /// exist. Use [`SqliteOptions`] for other wishes.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        SqliteOptions::new().open(path)
    }

    fn open_with(path: &Path, options: &SqliteOptions) -> Result<Self, StoreError> {
        let origin = Origin::new(path);
        let absolute = std::path::absolute(path);
        let absolute = absolute.map_err(|error| origin.io("open the store", &error))?;
        let connection = connect::writer(&absolute, options, &origin)?;
        let file = connect::canonical(&absolute, &origin)?;
        let tally = Arc::new(Tally::default());
        let synchronous = options.synchronous;
        let read = |name| {
            let connection = connect::reader(&absolute, options, &origin)?;
            Reader::start(name, connection, &origin)
        };
        Ok(Self {
            engine_reads: read("workflow-read")?,
            relay_reads: read("workflow-deliver")?,
            writer: Writer::start(connection, synchronous, &origin, Arc::clone(&tally))?,
            lock: Arc::new(LockFile::beside(&file)),
            durable: (synchronous != Synchronous::Full).then(Arc::default),
            tally,
            origin,
            path: path.to_owned(),
        })
    }

    /// What this store has written since it was opened.
    pub fn counters(&self) -> Counters {
        self.tally.read()
    }

    /// Lets the file grow to this many pages at most, for tests of a full disk.
    #[cfg(any(test, feature = "testing"))]
    pub fn set_pages_max(&self, pages: u32) {
        self.writer.send(Message::PagesMax(pages));
    }

    /// Writes something; `tried` says in messages what for.
    fn write<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        &self,
        tried: &'static str,
        act: impl FnMut(&mut Transaction<'_, '_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, E>> {
        let (ask, reply) = Ask::new(act);
        self.writer.send(Message::Write(Box::new(ask)));
        answer(reply, closed(&self.origin, tried))
    }

    /// The lease that goes with the lock.
    async fn grant(&self, mut held: Held) -> Result<Lease, StoreError> {
        let now = Timestamp::from(SystemTime::now());
        let pid = std::process::id();
        let epoch = self.write("register the engine", move |tx| tx.next_epoch(pid, now));
        let epoch: Result<u64, StoreError> = epoch.await;
        let epoch = epoch?;
        // The words are for people; the lock counts.
        let _ = held.sign(epoch, now);
        Ok(Lease::new(epoch, Box::new(held)))
    }

    fn lock_error(&self, error: &std::io::Error) -> StoreError {
        let tried = "lock the store for this engine";
        let found = format_args!("{}: {error}", self.lock.path().display());
        let advice = "check the rights to its folder, and that its file system has locks";
        self.origin.failed(StoreErrorKind::Io, tried, found, advice)
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Store for SqliteStore {
    fn describe(&self) -> String {
        format!("SQLite file {}", self.path.display())
    }

    fn lease(&self) -> BoxFuture<'_, Result<Lease, StoreError>> {
        let lock = self.lock.wait();
        Box::pin(async move {
            let lock = lock.map_err(|error| self.lock_error(&error))?;
            match lock.await {
                Ok(Ok(held)) => self.grant(held).await,
                Ok(Err(error)) => Err(self.lock_error(&error)),
                Err(_) => Err(self.origin.closed("lock the store for this engine")),
            }
        })
    }

    fn try_lease(&self) -> BoxFuture<'_, Result<Option<Lease>, StoreError>> {
        let lock = self.lock.try_lock();
        Box::pin(async move {
            match lock.map_err(|error| self.lock_error(&error))? {
                Some(held) => self.grant(held).await.map(Some),
                None => Ok(None),
            }
        })
    }

    fn holder(&self) -> BoxFuture<'_, Result<Option<String>, StoreError>> {
        let lock = Arc::clone(&self.lock);
        let read = move |_: &mut sql::Reads<'_>| Ok(lock.holder());
        self.engine_reads.ask("find the executing engine", read)
    }

    fn commit(
        &self,
        group: Vec<RunCommit>,
    ) -> BoxFuture<'_, Result<Vec<CommitResult>, StoreError>> {
        let (group, reply) = Group::new(group);
        self.writer.send(Message::Write(Box::new(group)));
        answer(reply, closed(&self.origin, "commit"))
    }

    fn release(&self, claim: Claim) {
        // Nobody waits for it: if it fails, the run is claimable once this engine has ended.
        let (ask, _) = Ask::new(move |tx: &mut Transaction<'_, '_>| tx.release(claim));
        self.writer.send(Message::Write(Box::new(ask)));
    }

    fn request(&self, request: NewRequest) -> BoxFuture<'_, Result<RequestReply, StoreError>> {
        self.write("record a request", move |tx| tx.request(&request))
    }

    fn requests(&self, after: u64) -> BoxFuture<'_, Result<Vec<Request>, StoreError>> {
        let read = move |sql: &mut sql::Reads<'_>| sql.requests(after);
        self.engine_reads.ask("read the inbox", read)
    }

    fn inbox(&self, run: RunNo) -> BoxFuture<'_, Result<Vec<Request>, StoreError>> {
        let read = move |sql: &mut sql::Reads<'_>| sql.inbox(run);
        self.engine_reads.ask("read the inbox", read)
    }

    fn run(&self, key: RunKey) -> BoxFuture<'_, Result<Option<RunRecord>, StoreError>> {
        let read = move |sql: &mut sql::Reads<'_>| sql.run(&key);
        self.engine_reads.ask("read a run", read)
    }

    fn runs(&self, query: RunQuery) -> BoxFuture<'_, Result<Vec<RunRecord>, StoreError>> {
        let read = move |sql: &mut sql::Reads<'_>| sql.list(&query);
        self.engine_reads.ask("list runs", read)
    }

    fn rows(&self, read: ReadRows) -> BoxFuture<'_, Result<Vec<Row>, StoreError>> {
        let read = move |sql: &mut sql::Reads<'_>| sql.rows(read);
        self.engine_reads.ask("read a run's log", read)
    }

    fn last_row(&self, run: RunNo) -> BoxFuture<'_, Result<Option<Row>, StoreError>> {
        let read = move |sql: &mut sql::Reads<'_>| sql.last_row(run);
        self.engine_reads.ask("read a run's log", read)
    }

    fn claimable(&self, claimable: Claimable) -> BoxFuture<'_, Result<Due, StoreError>> {
        let read = move |sql: &mut sql::Reads<'_>| sql.claimable(&claimable);
        self.engine_reads.ask("look for runs that are due", read)
    }

    fn changes(&self) -> BoxFuture<'_, Result<u64, StoreError>> {
        let (reply, receiver) = tokio::sync::oneshot::channel();
        self.writer.send(Message::DataVersion(reply));
        answer(receiver, closed(&self.origin, "look for changes"))
    }
}
