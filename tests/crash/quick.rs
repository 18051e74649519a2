//! Runs that are over in no time, and many of them: every event arrives, in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use futures_util::future::try_join_all;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use workflow_core::prelude::*;
use workflow_core::store::SqliteStore;
use workflow_tests::oracle::Verdict;

use crate::lab::{LONG, Lab, end_of};

/// One step that takes no time.
#[workflow]
async fn instant(number: u64) -> Result<u64> {
    let number = step!("nothing", async { Ok::<_, Error>(number) }).await?;
    Ok(number)
}

/// Rounds of a hundred steps at once.
#[workflow]
async fn eventful(rounds: u64) -> Result<u64> {
    let mut done = 0;
    for round in 0..rounds {
        let steps = (0..100).map(|number| {
            let key = 100 * round + number;
            step!("step", key = key, async { Ok::<_, Error>(1_u64) })
        });
        done += try_join_all(steps).await?.into_iter().sum::<u64>();
    }
    Ok(done)
}

/// The events of one run.
const EVENTS: usize = 4;

async fn engine(lab: &Lab) -> Engine {
    let store = SqliteStore::open(&lab.traces.database).expect("the database opens");
    let tracker = HttpTracker::new(&lab.site.url).expect("a local url");
    let builder = Engine::builder().store(store).tracker(tracker);
    let builder = builder.workflow(instant).workflow(eventful);
    builder.start().await.expect("it starts")
}

async fn run(engine: &Engine, number: u64) {
    let run = engine.start(instant, format!("instant-{number}"), number);
    let run = run.await.expect("a run starts");
    assert_eq!(end_of(&run).await, Ok(number));
}

async fn end(lab: &Lab, engine: Engine) -> Verdict {
    let left = engine.shutdown(LONG).await;
    assert!(left.delivery.expect("it delivers").is_complete());
    lab.check()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_runs_that_start_at_once_lose_nothing() {
    const RUNS: usize = 1_000;
    let lab = Lab::new();
    let engine = engine(&lab).await;
    let gate = Arc::new(Barrier::new(RUNS));
    let mut tasks = JoinSet::new();
    for number in 0..RUNS as u64 {
        let (engine, gate) = (engine.clone(), Arc::clone(&gate));
        tasks.spawn(async move {
            gate.wait().await;
            run(&engine, number).await;
        });
    }
    tasks.join_all().await;
    let verdict = end(&lab, engine).await;
    assert_eq!(verdict.ends.len(), RUNS);
    assert_eq!(verdict.delivered.events, EVENTS * RUNS);
    assert_eq!(verdict.delivered.duplicates, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_of_20_000_events_loses_nothing() {
    const ROUNDS: u64 = 100;
    let lab = Lab::new();
    let engine = engine(&lab).await;
    let run = engine.start(eventful, "eventful", ROUNDS).await;
    assert_eq!(end_of(&run.expect("it starts")).await, Ok(100 * ROUNDS));
    let verdict = end(&lab, engine).await;
    assert_eq!(verdict.delivered.events as u64, 200 * ROUNDS + 2);
    assert_eq!(verdict.delivered.duplicates, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: 10,000 runs, 64 at a time; prints the rates"]
async fn ten_thousand_runs_64_at_a_time_lose_nothing() {
    const RUNS: u32 = 10_000;
    let lab = Lab::new();
    let engine = engine(&lab).await;
    let next = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..64 {
        let (engine, next) = (engine.clone(), Arc::clone(&next));
        tasks.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= u64::from(RUNS) {
                    return;
                }
                run(&engine, number).await;
            }
        });
    }
    tasks.join_all().await;
    let ran = began.elapsed();
    let flushed = engine.flush(LONG).await.expect("it delivers");
    assert!(flushed.is_complete(), "{flushed:?}");
    let delivered = began.elapsed();
    let rate = |count: u32, took: std::time::Duration| f64::from(count) / took.as_secs_f64();
    println!(
        "{RUNS} runs in {ran:.2?}: {:.0} runs/s; their events delivered after {delivered:.2?}: \
         {:.0} events/s",
        rate(RUNS, ran),
        rate(4 * RUNS, delivered)
    );
    let verdict = end(&lab, engine).await;
    assert_eq!(verdict.delivered.events, EVENTS * RUNS as usize);
    assert_eq!(verdict.delivered.duplicates, 0);
}
