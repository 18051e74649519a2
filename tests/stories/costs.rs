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
    let builder = Engine::builder().store_arc(store.clone());
    let engine = builder
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
