//! The store in a `SQLite` file: one writing thread, readers apart, a lock beside the file.

mod backup;
mod beside;
mod commit;
mod connect;
mod convert;
mod counters;
mod definitions;
mod delivery;
mod error;
mod inbox;
mod job;
mod lease;
mod letters;
mod log;
mod mounts;
mod moves;
mod options;
mod purge;
mod query;
mod reader;
mod schema;
mod sql;
mod store;
#[cfg(test)]
mod tests;
mod thread;
mod transaction;
mod worker;
mod writer;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use counters::Counters;
pub use options::{SqliteOptions, Synchronous};

use self::counters::Tally;
use self::error::Origin;
use self::lease::LockFile;
use self::log::Durable;
use self::reader::Reader;
#[cfg(any(test, feature = "testing"))]
use self::writer::Message;
use self::writer::Writer;
use super::StoreError;

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

    /// Copies the file as it is at this moment to a path where no file is yet; programs that use
    /// the store go on meanwhile. The copy is a store like any other, compact, and without the
    /// `-wal` beside it.
    ///
    /// Blocks until the copy is durable: call it from `spawn_blocking` in asynchronous code.
    pub fn backup(&self, to: impl AsRef<Path>) -> Result<(), StoreError> {
        backup::copy(&self.path, to.as_ref(), &self.origin)
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
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
