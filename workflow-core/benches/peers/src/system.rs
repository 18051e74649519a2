//! The systems that are compared, and at which durability.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use crate::Outcome;
use crate::durare_runs::Durare;
use crate::duroxide_runs::Duroxide;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As its own `connect` opens a file: synchronous = NORMAL.
    DurareNormal,
    /// With a pool like the one of `connect`, and synchronous = FULL.
    DurareFull,
    DurareMemory,
    /// As it comes: two workers of each kind, which poll. More of them, or a shorter pause, make it
    /// slower: its writers lock each other out. Its pragma for `synchronous` is none that SQLite knows, which means NORMAL.
    Duroxide,
}

impl Kind {
    const ALL: [Self; 4] = [
        Self::DurareNormal,
        Self::DurareFull,
        Self::DurareMemory,
        Self::Duroxide,
    ];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::DurareNormal => "durare-normal",
            Self::DurareFull => "durare-full",
            Self::DurareMemory => "durare-memory",
            Self::Duroxide => "duroxide",
        }
    }
}

/// One of them, open.
#[derive(Clone)]
pub enum System {
    Durare(Durare),
    Duroxide(Arc<Duroxide>),
}

impl System {
    pub async fn open(kind: Kind, path: &Path) -> Outcome<Self> {
        Ok(match kind {
            Kind::DurareNormal | Kind::DurareFull | Kind::DurareMemory => {
                Self::Durare(Durare::open(kind, path).await?)
            }
            Kind::Duroxide => Self::Duroxide(Arc::new(Duroxide::open(path).await?)),
        })
    }

    /// Starts a run of so many steps, and waits for its end.
    pub async fn run(&self, id: &str, steps: u64) -> Result<(), String> {
        self.start(id, steps).await?;
        self.wait(id).await
    }

    pub async fn start(&self, id: &str, steps: u64) -> Result<(), String> {
        match self {
            Self::Durare(durare) => durare.start(id, steps).await,
            Self::Duroxide(duroxide) => duroxide.start(id, steps).await,
        }
    }

    pub async fn wait(&self, id: &str) -> Result<(), String> {
        match self {
            Self::Durare(durare) => durare.wait(id).await,
            Self::Duroxide(duroxide) => duroxide.wait(id).await,
        }
    }

    /// Goes on with what a process that died left behind.
    pub async fn recover(&self) -> Result<(), String> {
        match self {
            Self::Durare(durare) => durare.recover().await,
            Self::Duroxide(_) => Ok(()),
        }
    }
}

/// About 100 bytes of JSON, as in our own benchmark.
#[derive(Serialize, Deserialize)]
pub struct Receipt {
    id: u64,
    status: String,
    carrier: String,
    note: String,
}

impl Receipt {
    pub fn new(id: u64) -> Self {
        Self {
            id,
            status: "accepted".to_owned(),
            carrier: "north-west".to_owned(),
            note: "left with the neighbour at number 7".to_owned(),
        }
    }
}

/// Whether steps wait for ever at the gate, and how many do.
pub static GATE_CLOSED: AtomicBool = AtomicBool::new(false);
pub static AT_THE_GATE: AtomicU64 = AtomicU64::new(0);

/// The second step of every run goes through here.
pub async fn gate() {
    if GATE_CLOSED.load(Ordering::Relaxed) {
        AT_THE_GATE.fetch_add(1, Ordering::Relaxed);
        std::future::pending::<()>().await;
    }
}
