//! How long finished runs are kept, and what becomes of their ids.

use std::time::Duration;

use workflow_core::prelude::*;
use workflow_core::testing::FastTicker;
use workflow_core::{Retention, RunError, RunQuery};
use workflow_tests::story::{PATIENCE, Stage};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[workflow]
async fn greet(name: String) -> Result<String> {
    let greeting = step!("greet", async { Ok::<_, Error>(format!("hello {name}")) }).await?;
    Ok(greeting)
}

async fn greeted(engine: &Engine, name: &str) -> String {
    let run = engine.start(greet, "one", name.to_owned()).await;
    let run = run.expect("it starts");
    let result = tokio::time::timeout(PATIENCE, run.result()).await;
    result.expect("it ends").expect("it completes")
}

async fn left(engine: &Engine) -> usize {
    let runs = engine.runs(RunQuery::default()).await;
    runs.expect("the store can be read").len()
}

#[tokio::test]
async fn a_purged_run_is_unknown_and_its_id_names_a_new_one() {
    let stage = Stage::manual();
    let engine = stage.builder().workflow(greet).start().await;
    let engine = engine.expect("it starts");
    assert_eq!(greeted(&engine, "ann").await, "hello ann");
    let run = engine.run(greet, "one").await.expect("it is there");
    let report = engine.flush(PATIENCE).await.expect("there is a tracker");
    assert!(report.is_complete(), "{report}");
    let before = engine
        .tracker_stats("default")
        .expect("there is one")
        .account;

    let now = Retention::of(Duration::ZERO);
    let forever = engine.purge(Retention::forever()).await.expect("it purges");
    assert_eq!((forever.runs, left(&engine).await), (0, 1));
    assert_eq!(
        engine.purge(Retention::days(1)).await.map(|all| all.runs),
        Ok(0)
    );
    // What the relay has delivered is recorded soon, not at once.
    let gone = async {
        while engine.purge(now).await.expect("it purges").runs == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("it goes");
    assert_eq!(left(&engine).await, 0);
    assert!(matches!(run.status().await, Err(RunError::Unknown { .. })));
    assert!(matches!(run.result().await, Err(RunError::Unknown { .. })));
    let after = engine
        .tracker_stats("default")
        .expect("there is one")
        .account;
    assert_eq!(after, before);
    assert_eq!(greeted(&engine, "bob").await, "hello bob");
}

#[tokio::test]
async fn an_engine_purges_by_itself_what_is_older_than_its_retention() {
    let stage = Stage::manual();
    let builder = Engine::builder()
        .store_arc(std::sync::Arc::clone(&stage.store) as _)
        .clock(std::sync::Arc::new(stage.clock.clone()))
        .ticker(std::sync::Arc::new(FastTicker::new(10_000)));
    let engine = builder
        .retention(Retention::days(2))
        .workflow(greet)
        .start()
        .await;
    let engine = engine.expect("it starts");
    greeted(&engine, "ann").await;
    stage.clock.advance(DAY);
    assert_eq!(left(&engine).await, 1);
    stage.clock.advance(DAY);
    let gone = async {
        while left(&engine).await > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("it goes");
}

#[tokio::test]
async fn an_engine_that_keeps_runs_for_ever_purges_none() {
    let stage = Stage::manual();
    let start = async |keep| {
        let builder = Engine::builder()
            .store_arc(std::sync::Arc::clone(&stage.store) as _)
            .clock(std::sync::Arc::new(stage.clock.clone()))
            .ticker(std::sync::Arc::new(FastTicker::new(10_000)));
        let engine = builder.retention(keep).workflow(greet).start().await;
        engine.expect("it starts")
    };
    let engine = start(Retention::forever()).await;
    greeted(&engine, "ann").await;
    engine.shutdown(PATIENCE).await;
    stage.clock.advance(10_000 * DAY);
    // An engine that purges begins with it.
    let engine = start(Retention::forever()).await;
    let run = engine.start(greet, "two", "bob".to_owned()).await;
    let run = run.expect("it starts");
    let result = tokio::time::timeout(PATIENCE, run.result()).await;
    result.expect("it ends").expect("it completes");
    assert_eq!(left(&engine).await, 2);
    engine.shutdown(PATIENCE).await;

    let engine = start(Retention::days(1)).await;
    let gone = async {
        while left(&engine).await > 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("it goes");
    engine.shutdown(PATIENCE).await;
}

#[tokio::test]
async fn what_a_detached_tracker_has_not_got_holds_the_purge_back() {
    let stage = Stage::manual();
    let store = std::sync::Arc::clone(&stage.store);
    let absent =
        workflow_core::tracker::OpenCursor::new("absent", workflow_core::tracker::StartAt::End);
    let opened = workflow_core::tracker::EventLog::open_cursor(&*store, absent).await;
    opened.expect("it is opened");
    let engine = Engine::builder()
        .store_arc(store)
        .workflow(greet)
        .start()
        .await;
    let engine = engine.expect("it starts");
    greeted(&engine, "ann").await;
    let now = Retention::of(Duration::ZERO);
    let purged = engine.purge(now).await.expect("it purges");
    assert_eq!((purged.runs, purged.held_back), (0, 1));
    assert_eq!(
        purged.to_string(),
        "0 runs with 0 events purged, 1 held back"
    );
}

#[workflow]
async fn wait_long(name: String) -> Result<String> {
    sleep!("long", "30 days").await;
    Ok(name)
}

#[tokio::test]
async fn a_tracker_that_comes_after_a_purge_gets_what_is_left_and_counts_what_is_not() {
    let stage = Stage::manual();
    let quiet = Engine::builder()
        .store_arc(std::sync::Arc::clone(&stage.store) as _)
        .clock(std::sync::Arc::new(stage.clock.clone()))
        .seed(7);
    let quiet = quiet.workflow(greet).workflow(wait_long).start().await;
    let quiet = quiet.expect("it starts");
    // Some of either share a lane, in whatever order.
    for n in 0..60 {
        if n % 3 == 0 {
            let start = quiet.start(wait_long, n.to_string(), String::new());
            start.await.expect("it starts");
        } else {
            let run = quiet.start(greet, n.to_string(), "ann".to_owned()).await;
            let run = run.expect("it starts");
            let result = tokio::time::timeout(PATIENCE, run.result()).await;
            result.expect("it ends").expect("it completes");
        }
    }
    let purged = quiet.purge(Retention::of(Duration::ZERO)).await;
    assert_eq!(purged.expect("it purges").runs, 40);
    quiet.shutdown(PATIENCE).await;

    let builder = stage.builder().workflow(greet).workflow(wait_long);
    let engine = builder.start().await.expect("it starts");
    let report = engine.flush(PATIENCE).await.expect("there is a tracker");
    assert!(report.is_complete(), "{report}");
    let stats = engine.tracker_stats("default").expect("there is one");
    let account = stats.account;
    // Three events of each run that sleeps: started, the sleep, paused.
    assert_eq!((account.delivered, account.pending), (60, 0), "{account:?}");
    assert_eq!(account.accepted, 60 + account.expired, "{account:?}");
    assert!(account.expired > 0, "no lane had a gap");
    let seen = stage.endpoint.seen();
    let events = seen.acknowledged().map(|request| request.events.len());
    assert_eq!(events.sum::<usize>(), 60);
}
