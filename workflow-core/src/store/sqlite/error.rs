//! What a failure of `SQLite` means to the user of a store.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use workflow_tracker::UnknownEventType;

use crate::store::{StoreError, StoreErrorKind};

/// The extended code of a shared-memory file that could not grow: the disk is full.
const IOERR_SHMSIZE: i32 = 10 + 19 * 256;

/// Names the file in every error.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    path: PathBuf,
}

impl Origin {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// What it means that `tried` ended with `error`.
    pub(super) fn error(&self, tried: &str, error: &rusqlite::Error) -> StoreError {
        let kind = kind(error);
        self.failed(kind, tried, error, advice(kind))
    }

    /// What it means that a file operation for `tried` ended with `error`.
    pub(super) fn io(&self, tried: &str, error: &std::io::Error) -> StoreError {
        use std::io::ErrorKind;
        let kind = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreErrorKind::Full,
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => StoreErrorKind::ReadOnly,
            _ => StoreErrorKind::Io,
        };
        self.failed(kind, tried, error, advice(kind))
    }

    /// An error with its own finding and advice.
    pub(super) fn failed(
        &self,
        kind: StoreErrorKind,
        tried: &str,
        found: impl std::fmt::Display,
        advice: &str,
    ) -> StoreError {
        let path = self.path.display();
        StoreError::new(kind, format!("cannot {tried} in {path}: {found}; {advice}"))
    }

    /// The thread that would do it has ended.
    pub(super) fn closed(&self, tried: &str) -> StoreError {
        self.failed(
            StoreErrorKind::Closed,
            tried,
            "the store's thread has ended",
            "open the store again",
        )
    }
}

fn kind(error: &rusqlite::Error) -> StoreErrorKind {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => kind_of_code(*failure),
        rusqlite::Error::SqlInputError { error, .. } => kind_of_code(*error),
        rusqlite::Error::FromSqlConversionFailure(_, _, why) => {
            if why.is::<UnknownEventType>() {
                StoreErrorKind::Newer
            } else {
                StoreErrorKind::Corrupt
            }
        }
        rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::Utf8Error(..) => StoreErrorKind::Corrupt,
        _ => StoreErrorKind::Internal,
    }
}

fn kind_of_code(failure: rusqlite::ffi::Error) -> StoreErrorKind {
    match failure.code {
        _ if failure.extended_code == IOERR_SHMSIZE => StoreErrorKind::Full,
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::FileLockingProtocolFailed => StoreErrorKind::Busy,
        ErrorCode::DiskFull => StoreErrorKind::Full,
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => StoreErrorKind::ReadOnly,
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreErrorKind::Corrupt,
        ErrorCode::SystemIoFailure | ErrorCode::CannotOpen => StoreErrorKind::Io,
        _ => StoreErrorKind::Internal,
    }
}

const fn advice(kind: StoreErrorKind) -> &'static str {
    match kind {
        StoreErrorKind::Busy => "another program locks the file: end it, or wait for it",
        StoreErrorKind::Full => "free space on its disk, or raise its limit; then it goes on",
        StoreErrorKind::ReadOnly => "give this process the right to write the file and its folder",
        StoreErrorKind::Corrupt => {
            "the file is damaged or is no workflow store: check it with `PRAGMA integrity_check`, \
             and restore a copy"
        }
        StoreErrorKind::Newer => "update this program to the version that wrote the file",
        StoreErrorKind::Closed => "open the store again",
        StoreErrorKind::Io => "check the disk, the path, and the right to write there",
        StoreErrorKind::Internal => "this is a defect of the store: please report it",
    }
}

/// Whether one member of a group can have caused the error alone, so that the others may succeed
/// without it.
pub(super) fn may_be_of_one_member(error: &rusqlite::Error) -> bool {
    matches!(kind(error), StoreErrorKind::Full | StoreErrorKind::Internal)
}
