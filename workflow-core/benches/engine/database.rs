//! Where the runs of a measurement are kept.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use workflow_core::store::{Counters, MemoryStore, SqliteOptions, SqliteStore, Store, Synchronous};
use workflow_core::{Engine, EngineBuilder};

use crate::Outcome;
use crate::workflows;

/// What survives what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Every commit is synced: survives the loss of power. The default.
    Full,
    /// Survives the end of the process.
    Normal,
    /// Survives nothing.
    Memory,
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "FULL",
            Self::Normal => "NORMAL",
            Self::Memory => "memory",
        })
    }
}

/// A new database and an engine on it.
pub(crate) struct Database {
    pub(crate) engine: Engine,
    sqlite: Option<Arc<SqliteStore>>,
    path: PathBuf,
    _folder: TempDir,
}

impl Database {
    pub(crate) async fn new(folder: &Path, durability: Durability) -> Outcome<Self> {
        Self::with(folder, durability, |builder| builder).await
    }

    /// The same, with an engine that is built otherwise.
    pub(crate) async fn with(
        folder: &Path,
        durability: Durability,
        build: impl FnOnce(EngineBuilder) -> EngineBuilder,
    ) -> Outcome<Self> {
        let folder = tempfile::tempdir_in(folder)?;
        let path = folder.path().join("runs.db");
        let sqlite = match durability {
            Durability::Full => Some(open(&path, Synchronous::Full)?),
            Durability::Normal => Some(open(&path, Synchronous::Normal)?),
            Durability::Memory => None,
        };
        let store: Arc<dyn Store> = match &sqlite {
            Some(sqlite) => sqlite.clone(),
            None => Arc::new(MemoryStore::new()),
        };
        let builder = workflows::register(Engine::builder().store_arc(store));
        Ok(Self {
            engine: build(builder).start().await?,
            sqlite,
            path,
            _folder: folder,
        })
    }

    pub(crate) fn counters(&self) -> Counters {
        self.sqlite
            .as_ref()
            .map(|sqlite| sqlite.counters())
            .unwrap_or_default()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

fn open(path: &Path, synchronous: Synchronous) -> Outcome<Arc<SqliteStore>> {
    let store = SqliteOptions::new().synchronous(synchronous).open(path)?;
    Ok(Arc::new(store))
}
