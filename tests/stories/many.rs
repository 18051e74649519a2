//! Many runs that are started at once.

use workflow_core::prelude::*;
use workflow_core::store::{Counters, SqliteStore, Store};
use workflow_core::{RunQuery, StartError};
use workflow_tests::story::{PATIENCE, Stage};

async fn fine() -> Result<u64> {
    Ok(1)
}

#[workflow]
async fn doubled(n: u64) -> Result<u64> {
    Ok(2 * n * step!("work", fine()).await?)
}

#[tokio::test]
async fn a_thousand_runs_are_started_with_one_commit() {
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let store = SqliteStore::open(folder.path().join("store.db")).expect("the file opens");
    let store = std::sync::Arc::new(store);
    // An engine that stands by commits nothing else.
    let lease = store.try_lease().await.expect("the store works");
    let builder = Engine::builder().store_arc(store.clone()).workflow(doubled);
    let engine = builder.start().await.expect("it starts");
    let before = commits(&store.counters());
    let runs = (0..1_000).map(|n| (format!("run-{n}"), n));
    let started = engine.start_many(doubled, runs).await.expect("they start");
    assert_eq!(started.len(), 1_000);
    assert_eq!(commits(&store.counters()) - before, 1);
    drop(lease);
    for (n, run) in (0..).zip(started).step_by(97) {
        let run = run.expect("it starts");
        let result = tokio::time::timeout(PATIENCE, run.result()).await;
        assert_eq!(result.expect("it ends"), Ok(2 * n));
    }
    engine.shutdown(PATIENCE).await;
}

fn commits(counters: &Counters) -> u64 {
    counters.transactions
}

#[tokio::test]
async fn each_run_of_many_has_an_answer_of_its_own() {
    let stage = Stage::manual();
    let engine = stage.builder().workflow(doubled).start().await;
    let engine = engine.expect("it starts");
    engine.start(doubled, "b", 2).await.expect("it starts");
    let runs = [("a", 1), ("b", 2), ("b", 3), ("", 4), ("a", 1), ("c", 5)];
    let started = engine.start_many(doubled, runs).await.expect("it is asked");
    let answers: Vec<_> = started.iter().map(Result::is_ok).collect();
    assert_eq!(answers, [true, true, false, false, true, true]);
    assert!(matches!(started[2], Err(StartError::DifferentInput { .. })));
    assert!(matches!(started[3], Err(StartError::EmptyId)));
    let id = |at: usize| started[at].as_ref().expect("it has a run").id();
    assert_eq!(id(0), id(4));
    let last = started[5].as_ref().expect("it has a run");
    let result = tokio::time::timeout(PATIENCE, last.result()).await;
    assert_eq!(result.expect("it ends"), Ok(10));
    let runs = engine.runs(RunQuery::default()).await.expect("readable");
    assert_eq!(runs.len(), 3);
    engine.shutdown(PATIENCE).await;
}

#[tokio::test]
async fn none_of_many_is_started_by_an_engine_that_does_not_know_the_workflow() {
    let stage = Stage::manual();
    let engine = stage.builder().start().await.expect("it starts");
    let refused = engine.start_many(doubled, [("a", 1)]).await;
    assert!(matches!(refused, Err(StartError::NotRegistered { .. })));
    assert_eq!(engine.runs(RunQuery::default()).await, Ok(Vec::new()));
    engine.shutdown(PATIENCE).await;
}
