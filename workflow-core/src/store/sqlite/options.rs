//! How a `SQLite` store is opened.

use std::path::Path;
use std::time::Duration;

use super::SqliteStore;
use crate::store::StoreError;

/// When a commit counts as done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Synchronous {
    /// When the disk has it: it survives the loss of power.
    #[default]
    Full,
    /// When the operating system has it: it survives the end of the process; the loss of power
    /// can take the last commits away, whole and in reverse order. What a tracker delivers is
    /// made durable before.
    Normal,
}

/// How a `SQLite` store is opened.
///
/// ```
/// use workflow_core::store::{SqliteOptions, Store, Synchronous};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("checkout.db");
/// let store = SqliteOptions::new()
///     .synchronous(Synchronous::Normal)
///     .busy_timeout(std::time::Duration::from_secs(30))
///     .open(&path)?;
/// assert!(store.describe().starts_with("SQLite file"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    pub(super) synchronous: Synchronous,
    pub(super) busy_timeout: Duration,
}

impl SqliteOptions {
    /// Every commit synced; 10 s of patience with other programs that lock the file.
    pub const fn new() -> Self {
        Self {
            synchronous: Synchronous::Full,
            busy_timeout: Duration::from_secs(10),
        }
    }

    /// When a commit counts as done.
    #[must_use]
    pub const fn synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// How long to wait while another program locks the file, before an error says so.
    #[must_use]
    pub const fn busy_timeout(mut self, busy_timeout: Duration) -> Self {
        self.busy_timeout = busy_timeout;
        self
    }

    /// Opens the store in this file, which is created where it does not exist.
    pub fn open(self, path: impl AsRef<Path>) -> Result<SqliteStore, StoreError> {
        SqliteStore::open_with(path.as_ref(), &self)
    }
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self::new()
    }
}
