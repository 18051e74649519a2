//! Runs that sleep for long cost no task and no memory, and wake at their instant, however many
//! they are and whatever is looked at meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use workflow_core::prelude::*;
use workflow_core::store::{SqliteOptions, Synchronous};
use workflow_core::testing::TestClock;
use workflow_core::{EngineBuilder, RunQuery, RunStatus};

const RUNS: usize = 10_000;
/// So many runs are in memory at once when all are due.
const WINDOW: usize = 500;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[workflow]
async fn hibernate(animal: u32) -> Result<u32> {
    sleep!("winter", "90 days").await;
    Ok(animal)
}

struct Winter {
    folder: TempDir,
    clock: TestClock,
}

impl Winter {
    fn new() -> Self {
        Self {
            folder: TempDir::new().expect("a temporary folder"),
            clock: TestClock::manual(),
        }
    }

    fn builder(&self) -> EngineBuilder {
        let options = SqliteOptions::new().synchronous(Synchronous::Normal);
        let store = options.open(self.folder.path().join("winter.db"));
        Engine::builder()
            .store(store.expect("the store opens"))
            .clock(Arc::new(self.clock.clone()))
            .in_memory_max(WINDOW)
            .workflow(hibernate)
    }

    async fn engine(&self) -> Engine {
        self.builder().start().await.expect("it starts")
    }
}

/// Starts runs up to this number, many at once, and waits until all have left memory.
async fn put_to_sleep(engine: &Engine, animals: std::ops::Range<usize>) {
    let mut tasks = tokio::task::JoinSet::new();
    for animal in animals {
        let engine = engine.clone();
        let number = u32::try_from(animal).expect("few animals");
        tasks.spawn(async move {
            let run = engine.start(hibernate, format!("animal {animal}"), number);
            run.await.expect("it starts");
        });
        if tasks.len() >= 256 {
            let _ = tasks.join_next().await;
        }
    }
    while tasks.join_next().await.is_some() {}
    until(|| engine.health().runs_in_memory == 0).await;
}

async fn until(reached: impl Fn() -> bool) {
    let reached = async {
        while !reached() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let reached = tokio::time::timeout(Duration::from_secs(600), reached).await;
    reached.expect("it comes to that");
}

async fn count(engine: &Engine, status: RunStatus) -> usize {
    let census = engine.census().await.expect("the store can be read");
    usize::try_from(census.count(status)).expect("few runs")
}

/// Resident memory of this process, in MiB.
fn resident_mib() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0.0) * 4096.0 / 1024.0 / 1024.0
}

/// Everything that must hold for so many sleepers.
async fn they_wake_at_their_instant(winter: &Winter, runs: usize) {
    let engine = winter.engine().await;
    put_to_sleep(&engine, 0..runs).await;
    winter.clock.advance(DAY * 45);
    // Looking and restarting change nothing.
    let listed = engine.runs(RunQuery::default().max(1_000)).await;
    let waking = |run: &workflow_core::RunRecord| run.wake_at.expect("it has an instant");
    let before: Vec<_> = listed.expect("readable").iter().map(waking).collect();
    engine.shutdown(Duration::from_secs(60)).await;
    let engine = winter.engine().await;
    let listed = engine.runs(RunQuery::default().max(1_000)).await;
    let after: Vec<_> = listed.expect("readable").iter().map(waking).collect();
    assert_eq!(before, after);
    winter.clock.advance(DAY * 44);
    winter
        .clock
        .advance(Duration::from_millis(24 * 60 * 60 * 1_000 - 1));
    assert_eq!(count(&engine, RunStatus::Waiting).await, runs);
    assert_eq!(engine.health().runs_in_memory, 0);

    let began = Instant::now();
    winter.clock.advance(Duration::from_millis(1));
    let mut most = 0;
    while count(&engine, RunStatus::Completed).await < runs {
        most = most.max(engine.health().runs_in_memory);
        assert!(
            began.elapsed() < Duration::from_secs(600),
            "they do not all wake"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(most <= WINDOW, "{most} runs were in memory at once");
    println!(
        "{runs} sleepers woke in {:?}, {most} in memory at once at most",
        began.elapsed()
    );
    let run = engine
        .run(hibernate, "animal 7")
        .await
        .expect("it is there");
    assert_eq!(run.result().await, Ok(7));
    engine.shutdown(Duration::from_secs(60)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_sleepers_hold_no_memory_and_wake_at_their_instant() {
    they_wake_at_their_instant(&Winter::new(), RUNS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: 100,000 sleepers; set WORKFLOW_SLEEPERS for another number"]
async fn memory_does_not_grow_with_the_number_of_sleepers() {
    let runs = std::env::var("WORKFLOW_SLEEPERS")
        .ok()
        .and_then(|runs| runs.parse().ok());
    let runs: usize = runs.unwrap_or(100_000);
    let winter = Winter::new();
    let engine = winter.engine().await;
    put_to_sleep(&engine, 0..1_000).await;
    let few = resident_mib();
    put_to_sleep(&engine, 1_000..runs).await;
    let many = resident_mib();
    println!("resident: {few:.1} MiB with 1,000 sleepers, {many:.1} MiB with {runs}");
    assert!(many < few + 64.0, "{few} MiB became {many} MiB");
    engine.shutdown(Duration::from_secs(60)).await;
    they_wake_at_their_instant(&winter, runs).await;
}
