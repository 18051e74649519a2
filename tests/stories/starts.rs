//! How runs begin, and that an id names one run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use insta::assert_snapshot;
use workflow_core::prelude::*;
use workflow_core::store::{MemoryStore, SqliteStore, Store};
use workflow_core::{IfExists, RunError, StartError};
use workflow_tests::story::{PATIENCE, Stage};

#[derive(Clone, Default)]
struct Calls(Arc<AtomicU32>);

impl Calls {
    async fn call(&self) -> Result<u32> {
        Ok(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

#[workflow]
async fn called(who: String, #[resource] calls: &Calls) -> Result<String> {
    let call = step!("call", calls.call()).await?;
    Ok(format!("{who} {call}"))
}

#[workflow]
async fn unknown() -> Result<()> {
    Ok(())
}

#[tokio::test]
async fn a_delayed_start_is_queued_until_it_is_due() {
    let stage = Stage::jumping();
    let builder = stage.builder().resource(Calls::default());
    let engine = builder.workflow(called).start().await.expect("it starts");
    let start = engine.start(called, "one", "ann".to_owned()).after("1 h");
    let run = start.await.expect("it is queued");
    assert_eq!(run.result().await.as_deref(), Ok("ann 1"));
    assert_snapshot!(stage.told(engine).await, @r"
    1 workflow.queued startAt=+3600000ms
    2 workflow.started
    3 step.started call#1
    4 step.completed call#1 durationMs=0 totalMs=0
    5 workflow.completed completedSteps=[call] durationMs=0
    ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_id_from_many_tasks_is_one_execution() {
    let stage = Stage::jumping();
    let calls = Calls::default();
    let builder = stage.builder().resource(calls.clone());
    let engine = builder.workflow(called).start().await.expect("it starts");
    let mut tasks = Vec::new();
    for _ in 0..32 {
        let engine = engine.clone();
        tasks.push(tokio::spawn(async move {
            let run = engine
                .start(called, "one", "ann".to_owned())
                .await
                .expect("it starts");
            (run.id(), run.result().await)
        }));
    }
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.expect("no task panics"));
    }
    results.dedup();
    assert_eq!(results.len(), 1, "{results:?}");
    assert_eq!(results[0].1.as_deref(), Ok("ann 1"));
    assert_eq!(calls.0.load(Ordering::Relaxed), 1);
    assert_snapshot!(stage.told(engine).await, @r"
    1 workflow.started
    2 step.started call#1
    3 step.completed call#1 durationMs=0 totalMs=0
    4 workflow.completed completedSteps=[call] durationMs=0
    ");
}

#[tokio::test]
async fn an_id_with_another_input_is_refused_and_any_characters_are_an_id() {
    let stage = Stage::jumping();
    let builder = stage.builder().resource(Calls::default());
    let engine = builder.workflow(called).start().await.expect("it starts");
    let id = "a/b \"c\" ü\n";
    let run = engine
        .start(called, id, "ann".to_owned())
        .await
        .expect("it starts");
    let error = engine
        .start(called, id, "bob".to_owned())
        .await
        .expect_err("it is taken");
    assert!(
        matches!(&error, StartError::DifferentInput { .. }),
        "{error}"
    );
    let again = engine
        .start(called, id, "ann".to_owned())
        .if_exists(IfExists::Reject);
    let error = again.await.expect_err("it is taken");
    assert!(matches!(&error, StartError::Exists { .. }), "{error}");
    let error = engine
        .start(called, "", "ann".to_owned())
        .await
        .expect_err("it is empty");
    assert!(matches!(&error, StartError::EmptyId), "{error}");
    let error = engine
        .start(unknown, "one", ())
        .await
        .expect_err("it is not registered");
    assert!(
        error.to_string().contains("`.workflow(unknown)`"),
        "{error}"
    );
    assert_eq!(run.result().await.as_deref(), Ok("ann 1"));
    let by_id = engine.run(called, id).await.expect("it is there");
    assert_eq!(by_id.result().await.as_deref(), Ok("ann 1"));
    let error = engine
        .run(called, "two")
        .await
        .expect_err("it is not there");
    assert_eq!(
        error,
        RunError::Unknown {
            run: "`two` of workflow `called`".to_owned()
        }
    );
    assert_snapshot!(stage.told(engine).await, @r"
    1 workflow.started
    2 step.started call#1
    3 step.completed call#1 durationMs=0 totalMs=0
    4 workflow.completed completedSteps=[call] durationMs=0
    ");
}

#[tokio::test]
async fn a_finished_run_can_be_replaced_and_one_that_is_not_is_attached_to() {
    let stage = Stage::manual();
    let builder = stage.builder().resource(Calls::default());
    let engine = builder.workflow(called).start().await.expect("it starts");
    let replace = async |who: &str| {
        let start = engine.start(called, "one", who.to_owned());
        start.if_exists(IfExists::Replace).await.expect("it starts")
    };
    let first = replace("ann").await;
    assert_eq!(first.result().await.as_deref(), Ok("ann 1"));
    let second = replace("bob").await;
    assert_eq!(second.result().await.as_deref(), Ok("bob 2"));
    assert_ne!(first.id(), second.id());
    assert_eq!(first.result().await.as_deref(), Ok("ann 1"));
    let named = engine.run(called, "one").await.expect("it is there");
    assert_eq!(named.id(), second.id());

    let later = engine.start(called, "two", "carl".to_owned()).after("1 h");
    let later = later.await.expect("it is queued");
    let again = engine.start(called, "two", "carl".to_owned());
    let again = again.if_exists(IfExists::Replace).await;
    assert_eq!(again.expect("it is attached").id(), later.id());
    let other = engine.start(called, "two", "dora".to_owned());
    let other = other.if_exists(IfExists::Replace).await;
    assert!(matches!(other, Err(StartError::DifferentInput { .. })));
}

#[tokio::test]
async fn runs_of_a_workflow_that_is_gone_are_stranded_until_it_is_back() {
    let stage = Stage::manual();
    let builder = || stage.builder().resource(Calls::default());
    let engine = builder().workflow(called).start().await.expect("it starts");
    let run = engine.start(called, "one", "ann".to_owned()).after("1 h");
    let run = run.await.expect("it is queued").id();
    assert_eq!(engine.stranded().await, Ok(Vec::new()));
    engine.shutdown(PATIENCE).await;

    let engine = builder()
        .workflow(unknown)
        .start()
        .await
        .expect("it starts");
    stage.clock.advance(Duration::from_secs(3600));
    let stranded = engine.stranded().await.expect("the store can be read");
    let names: Vec<_> = stranded
        .iter()
        .map(|run| (run.run_id, &*run.workflow))
        .collect();
    assert_eq!(names, [(run, "called")]);
    engine.shutdown(PATIENCE).await;

    let engine = builder().workflow(called).start().await.expect("it starts");
    let run = engine.run(called, "one").await.expect("it is there");
    let result = tokio::time::timeout(PATIENCE, run.result()).await;
    assert_eq!(result.expect("it ends").as_deref(), Ok("ann 1"));
}

#[tokio::test]
async fn missing_resources_are_named_when_the_engine_starts() {
    let stage = Stage::jumping();
    let error = stage
        .builder()
        .workflow(called)
        .start()
        .await
        .expect_err("one is missing");
    assert!(
        error.to_string().contains("`Calls` (for `called`)"),
        "{error}"
    );
}

#[tokio::test]
async fn results_are_read_by_a_later_engine() {
    let stage = Stage::jumping();
    let builder = || stage.builder().resource(Calls::default()).workflow(called);
    let engine = builder().start().await.expect("it starts");
    let run = engine
        .start(called, "one", "ann".to_owned())
        .await
        .expect("it starts");
    assert_eq!(run.result().await.as_deref(), Ok("ann 1"));
    engine.shutdown(Duration::from_secs(5)).await;
    let engine = builder().start().await.expect("it starts");
    let run = engine.run(called, "one").await.expect("it is there");
    assert_eq!(run.result().await.as_deref(), Ok("ann 1"));
    assert_snapshot!(stage.told(engine).await, @r"
    1 workflow.started
    2 step.started call#1
    3 step.completed call#1 durationMs=0 totalMs=0
    4 workflow.completed completedSteps=[call] durationMs=0
    ");
}

#[tokio::test]
async fn more_runs_are_due_than_memory_has_room_for() {
    let stage = Stage::manual();
    let calls = Calls::default();
    let builder = stage.builder().resource(calls.clone()).in_memory_max(2);
    let engine = builder.workflow(called).start().await.expect("it starts");
    let mut runs = Vec::new();
    for run in 0..20 {
        let start = engine.start(called, format!("run {run}"), "ann".to_owned());
        runs.push(start.after("1 min").await.expect("it is queued"));
    }
    stage.clock.advance(Duration::from_secs(60));
    for run in runs {
        let result = tokio::time::timeout(PATIENCE, run.result()).await;
        result.expect("it is not forgotten").expect("it completes");
    }
    assert_eq!(calls.0.load(Ordering::Relaxed), 20);
}

#[tokio::test]
async fn engines_of_one_process_may_share_a_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = SqliteStore::open(folder.path().join("shared.db")).expect("it opens");
    let stores: [Arc<dyn Store>; 2] = [Arc::new(MemoryStore::new()), Arc::new(file)];
    for store in stores {
        let engine = || {
            let builder = Engine::builder().store_arc(Arc::clone(&store));
            builder.resource(Calls::default()).workflow(called).start()
        };
        let executes = engine().await.expect("it starts");
        let stands_by = engine().await.expect("it starts");
        assert!(executes.health().executes && !stands_by.health().executes);
        let run = stands_by.start(called, "one", "ann".to_owned()).await;
        let run = run.expect("it is queued");
        let result = tokio::time::timeout(PATIENCE, run.result()).await;
        assert_eq!(result.expect("it is noticed").as_deref(), Ok("ann 1"));
        stands_by.shutdown(PATIENCE).await;
        executes.shutdown(PATIENCE).await;
    }
}
