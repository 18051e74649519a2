//! The runs that are measured, and the engine that drives them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use workflow_core::prelude::*;
use workflow_core::store::SqliteStore;

use crate::endpoint::{Endpoint, Mode};
use crate::figures::Round;

/// Ten steps that do nothing: all of the time is the engine's and the store's.
#[workflow]
async fn ten_steps(start: u64) -> Result<u64> {
    let mut value = start;
    for number in 0..10_u64 {
        value = step!("add", key = number, async {
            Ok::<_, Error>(value + number)
        })
        .await?;
    }
    Ok(value)
}

/// What runs are driven beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beside {
    Nothing,
    Healthy,
    Slow,
    Dead,
    Hanging,
}

impl Beside {
    pub(crate) const ALL: [Self; 5] = [
        Self::Nothing,
        Self::Healthy,
        Self::Slow,
        Self::Dead,
        Self::Hanging,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "no tracker",
            Self::Healthy => "healthy",
            Self::Slow => "slow (1 s)",
            Self::Dead => "dead",
            Self::Hanging => "hanging",
        }
    }

    fn endpoint(self) -> Option<Endpoint> {
        match self {
            Self::Nothing => None,
            Self::Healthy => Some(Endpoint::start(Mode::Healthy)),
            Self::Slow => Some(Endpoint::start(Mode::Slow)),
            Self::Dead => Some(Endpoint::dead()),
            Self::Hanging => Some(Endpoint::start(Mode::Hanging)),
        }
    }
}

/// One engine with its file and its endpoint.
pub(crate) struct Site {
    beside: Beside,
    engine: Engine,
    next: Arc<AtomicUsize>,
    _endpoint: Option<Endpoint>,
    _folder: TempDir,
}

impl Site {
    pub(crate) async fn open(beside: Beside) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let store = SqliteStore::open(folder.path().join("runs.db")).expect("the store opens");
        let endpoint = beside.endpoint();
        let mut builder = Engine::builder().store(store).workflow(ten_steps);
        if let Some(endpoint) = &endpoint {
            builder = builder.tracker(HttpTracker::new(endpoint.url()).expect("a local url"));
        }
        Self {
            beside,
            engine: builder.start().await.expect("the engine starts"),
            next: Arc::default(),
            _endpoint: endpoint,
            _folder: folder,
        }
    }

    /// Runs so many runs, some at once, and takes the time of each.
    pub(crate) async fn round(&mut self, runs: usize, at_once: usize) -> Round {
        let until = self.next.load(Ordering::Relaxed) + runs;
        let began = Instant::now();
        let tasks = (0..at_once).map(|_| {
            let (engine, next) = (self.engine.clone(), Arc::clone(&self.next));
            tokio::spawn(async move {
                let mut took = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= until {
                        return took;
                    }
                    took.push(run(&engine, number).await);
                }
            })
        });
        let tasks: Vec<_> = tasks.collect();
        let mut latencies = Vec::with_capacity(runs);
        for task in tasks {
            latencies.extend(task.await.expect("no run panics"));
        }
        self.next.store(until, Ordering::Relaxed);
        Round {
            beside: self.beside,
            latencies,
            took: began.elapsed(),
        }
    }

    /// Lets what a healthy endpoint has coming arrive before the next one's turn.
    pub(crate) async fn rest(&self) {
        if self.beside == Beside::Healthy {
            self.engine.flush(Duration::from_secs(10)).await;
        }
    }

    pub(crate) async fn close(self) {
        self.engine.shutdown(Duration::from_millis(100)).await;
    }
}

async fn run(engine: &Engine, number: usize) -> Duration {
    let began = Instant::now();
    let run = engine.start(ten_steps, format!("run-{number}"), 0).await;
    let result = run.expect("a run starts").result().await;
    assert_eq!(result.expect("it completes"), 45);
    began.elapsed()
}
