//! What a run costs, in counts that do not depend on the machine.

use std::sync::Arc;

use workflow_core::prelude::*;
use workflow_core::store::SqliteStore;
use workflow_tests::story::PATIENCE;

async fn hundred() -> Result<String> {
    Ok("0123456789".repeat(10))
}

#[workflow]
async fn three_steps() -> Result<String> {
    step!("a", hundred()).await?;
    step!("b", hundred()).await?;
    Ok(step!("c", hundred()).await?)
}

#[tokio::test]
async fn n_steps_cost_n_plus_one_synced_commits() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(folder.path().join("costs.db")).expect("it opens");
    let store = Arc::new(store);
    // The purge with which an engine begins is a transaction too, and may come late.
    let builder = Engine::builder().store_arc(store.clone());
    let engine = builder
        .retention(workflow_core::Retention::forever())
        .workflow(three_steps)
        .start()
        .await
        .expect("it starts");
    let before = store.counters();
    for run in 0..25 {
        let run = engine.start(three_steps, format!("run-{run}"), ());
        run.await
            .expect("it starts")
            .result()
            .await
            .expect("it ends");
    }
    let after = store.counters();
    assert_eq!(after.transactions - before.transactions, 25 * 4);
    assert_eq!(after.rows - before.rows, 25 * 8);
    engine.shutdown(PATIENCE).await;
}

#[workflow]
async fn so_many_steps(steps: u32) -> Result<u32> {
    let mut done = 0;
    while done < steps {
        done += step!("count", async { Ok::<_, Error>(1_u32) }).await?;
    }
    Ok(done)
}

/// How often so many runs of so many steps allocate, on a runtime of one thread and in memory.
fn allocations(runs: u32, steps: u32) -> u64 {
    let counted = allocation_counter::measure(|| {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let builder = Engine::builder().store(workflow_core::store::MemoryStore::new());
            let engine = builder.workflow(so_many_steps).start().await;
            let engine = engine.expect("it starts");
            for _ in 0..runs {
                let run = engine.start_new(so_many_steps, steps).await;
                let done = run.expect("it starts").result().await.expect("it ends");
                assert_eq!(done, steps);
            }
            engine.shutdown(PATIENCE).await;
        });
    });
    counted.count_total
}

#[test]
fn a_step_allocates_no_more_than_it_did() {
    const STEPS: u32 = 1_000;
    let (few, more) = (allocations(1, 100), allocations(1, 100 + STEPS));
    let each = (more - few).div_ceil(STEPS.into());
    assert!(each <= ALLOCATIONS_OF_STEP, "{each} allocations a step");
}

#[test]
fn a_run_allocates_no_more_than_it_did() {
    const RUNS: u32 = 100;
    let (few, more) = (allocations(10, 0), allocations(10 + RUNS, 0));
    let each = (more - few).div_ceil(RUNS.into());
    assert!(each <= ALLOCATIONS_OF_RUN, "{each} allocations a run");
}

/// Measured, not wished for: lower them where a change makes steps and runs cheaper.
const ALLOCATIONS_OF_STEP: u64 = 21;
/// Of one without a step, from its start to its result.
const ALLOCATIONS_OF_RUN: u64 = 49;
