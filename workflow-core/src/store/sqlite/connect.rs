//! Connections: where a store's file may lie, and how each connection is set up.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::Origin;
use super::{SqliteOptions, Synchronous, mounts, schema};
use crate::store::{StoreError, StoreErrorKind};

/// How the writing connection works. The file's log is copied into the file when it has 16 MB:
/// more often costs syncs, more rarely costs readers their time.
const WRITER: &str = "PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON; \
     PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864; \
     PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY;";
/// How a reading connection works.
const READER: &str = "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;";
/// How long to wait before the switch to the file's log is tried again.
const PAUSE: Duration = Duration::from_millis(5);

/// Opens the writing connection; creates the file and its tables where they are missing.
///
/// A file that is no workflow store is left as it is.
pub(super) fn writer(
    path: &Path,
    options: &SqliteOptions,
    origin: &Origin,
) -> Result<Connection, StoreError> {
    check_path(path, origin)?;
    let connection = connect(path, options, origin)?;
    schema::check(&connection, origin)?;
    let failed = |error| origin.error("open the store", &error);
    if connection.is_readonly("main").map_err(failed)? {
        return Err(origin.failed(
            StoreErrorKind::ReadOnly,
            "open the store",
            "the file cannot be written",
            "give this process the right to write the file and its folder",
        ));
    }
    use_wal(&connection, options.busy_timeout, origin)?;
    set_synchronous(&connection, options.synchronous).map_err(failed)?;
    connection.execute_batch(WRITER).map_err(failed)?;
    schema::migrate(&connection, origin)?;
    Ok(connection)
}

/// Opens a connection that only reads.
pub(super) fn reader(
    path: &Path,
    options: &SqliteOptions,
    origin: &Origin,
) -> Result<Connection, StoreError> {
    let connection = connect(path, options, origin)?;
    connection
        .execute_batch(READER)
        .map_err(|error| origin.error("open the store for reading", &error))?;
    Ok(connection)
}

/// The path under which the store is opened and locked, whatever folder the process goes to and
/// whatever links lead to the file.
pub(super) fn canonical(path: &Path, origin: &Origin) -> Result<PathBuf, StoreError> {
    std::fs::canonicalize(path).map_err(|error| origin.io("find the store's file", &error))
}

pub(super) fn set_synchronous(
    connection: &Connection,
    synchronous: Synchronous,
) -> rusqlite::Result<()> {
    connection.execute_batch(match synchronous {
        Synchronous::Full => "PRAGMA synchronous = FULL",
        Synchronous::Normal => "PRAGMA synchronous = NORMAL",
    })
}

#[cfg(any(test, feature = "testing"))]
pub(super) fn limit_pages(connection: &Connection, pages: u32) -> rusqlite::Result<()> {
    connection.execute_batch(&format!("PRAGMA max_page_count = {pages}"))
}

/// Finds what `SQLite` would only call "unable to open database file".
fn check_path(path: &Path, origin: &Origin) -> Result<(), StoreError> {
    let refuse = |found: String, advice| {
        let tried = "open the store";
        Err(origin.failed(StoreErrorKind::Io, tried, found, advice))
    };
    if path.is_dir() {
        return refuse("it is a folder".to_owned(), "name a file inside it");
    }
    let folder = path.parent().unwrap_or(Path::new("/"));
    if !folder.is_dir() {
        let found = format!("there is no folder {}", folder.display());
        return refuse(found, "create it first");
    }
    if let Some(system) = mounts::network_file_system(folder) {
        tracing::warn!(
            "{} lies on a network file system ({system}), whose locks cannot be relied on: two \
             engines may execute the same runs, and the file may be damaged; use a local disk",
            path.display()
        );
    }
    Ok(())
}

pub(super) fn connect(
    path: &Path,
    options: &SqliteOptions,
    origin: &Origin,
) -> Result<Connection, StoreError> {
    // Each connection stays on one thread. The path is absolute, so that none is taken for a URI
    // or for SQLite's own `:memory:`.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags);
    let connection = connection.map_err(|error| origin.error("open the store", &error))?;
    connection
        .busy_timeout(options.busy_timeout)
        .map_err(|error| origin.error("open the store", &error))?;
    Ok(connection)
}

/// Switches to write-ahead logging. `SQLite` does not wait for others here, so this does.
fn use_wal(connection: &Connection, patience: Duration, origin: &Origin) -> Result<(), StoreError> {
    let until = Instant::now() + patience;
    loop {
        let switch = "PRAGMA journal_mode = WAL";
        match connection.query_row(switch, [], |row| row.get::<_, String>(0)) {
            Ok(mode) => return check_wal(&mode, origin),
            Err(rusqlite::Error::SqliteFailure(failure, _))
                if failure.code == ErrorCode::DatabaseBusy && Instant::now() < until =>
            {
                std::thread::sleep(PAUSE);
            }
            Err(error) => return Err(origin.error("switch to write-ahead logging", &error)),
        }
    }
}

fn check_wal(mode: &str, origin: &Origin) -> Result<(), StoreError> {
    if mode == "wal" {
        return Ok(());
    }
    Err(origin.failed(
        StoreErrorKind::Io,
        "switch to write-ahead logging",
        format!("the file stays in mode `{mode}`"),
        "put it on a local disk, whose file system has shared memory",
    ))
}
