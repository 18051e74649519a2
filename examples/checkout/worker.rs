//! The process that runs the orders, and that is killed.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use workflow_core::prelude::*;
use workflow_core::store::SqliteStore;

use crate::ledger::Ledger;
use crate::shop::{Order, Shop, checkout};

/// The time between two orders.
const ORDER_EVERY: Duration = Duration::from_millis(12);

/// The first argument of a worker.
pub(crate) const ROLE: &str = "worker";

/// What a worker is told on its command line.
#[derive(Clone)]
pub(crate) struct Job {
    /// Which process it is, counted from 1.
    pub(crate) process: usize,
    pub(crate) orders: usize,
    pub(crate) folder: PathBuf,
    pub(crate) url: String,
}

impl Job {
    pub(crate) fn from_args(args: &[String]) -> Result<Self> {
        let [process, orders, folder, url] = args else {
            return Err(Error::msg("a worker is started by the example itself"));
        };
        Ok(Self {
            process: process.parse()?,
            orders: orders.parse()?,
            folder: folder.into(),
            url: url.clone(),
        })
    }

    /// This program, as a worker with this job. It is killed when the handle is dropped.
    pub(crate) fn spawn(&self) -> io::Result<Child> {
        Command::new(std::env::current_exe()?)
            .arg(ROLE)
            .args([self.process.to_string(), self.orders.to_string()])
            .arg(&self.folder)
            .arg(&self.url)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.join("checkout.db")
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.folder.join("side-effects.jsonl")
    }
}

/// Runs all orders. It does the same thing in the first process as in those after a kill.
pub(crate) async fn work(job: &Job) -> Result<()> {
    let ledger = Ledger::open(&job.ledger(), job.process)?;
    let engine = Engine::builder()
        .store(SqliteStore::open(job.database())?)
        .tracker(HttpTracker::new(&job.url)?.service_key("shop"))
        .resource(Shop::new(ledger))
        .workflow(checkout)
        .start()
        .await?;

    // Orders that an earlier process started are not started again: their id is taken, and what
    // comes back is the handle of the run that goes on.
    let mut runs = Vec::new();
    for number in 1..=job.orders {
        let order = Order::number(number);
        runs.push(engine.start(checkout, order.id.clone(), order).await?);
        tokio::time::sleep(ORDER_EVERY).await;
    }
    for run in runs {
        run.result().await?;
    }

    let shutdown = engine.shutdown(Duration::from_secs(10)).await;
    match shutdown.delivery {
        Some(delivery) if delivery.is_complete() => Ok(()),
        left => Err(Error::msg(format!(
            "not every event was delivered: {left:?}"
        ))),
    }
}
