//! Runs that wait for signals.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use insta::assert_snapshot;
use workflow_core::prelude::*;
use workflow_core::store::SqliteStore;
use workflow_core::testing::FastTicker;
use workflow_core::tracker::BoxFuture;
use workflow_core::{EngineBuilder, ErrorKind, RunHandle, RunStatus, SignalError, Ticker};
use workflow_tests::story::{PATIENCE, Stage};

use super::run;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn fine() -> Result<u64> {
    Ok(1)
}

/// Starts an engine.
async fn engine(builder: EngineBuilder) -> Engine {
    builder.start().await.expect("the engine starts")
}

/// Waits for a run's result.
async fn result<T: serde::de::DeserializeOwned>(run: &RunHandle<T>) -> T {
    let result = tokio::time::timeout(PATIENCE, run.result()).await;
    result.expect("the run ends").expect("the run completes")
}

#[workflow]
async fn approved() -> Result<String> {
    let by: String = wait!("approval").await?;
    step!("pay", fine()).await?;
    Ok(by)
}

#[tokio::test]
async fn a_signal_wakes_the_run_that_waits_for_it() {
    let stage = Stage::manual();
    let engine = engine(stage.builder().workflow(approved)).await;
    let run = engine.start(approved, "one", ()).await.expect("it starts");
    stage.wait_for("workflow.paused");
    engine
        .signal(run.id(), "approval", "ann")
        .await
        .expect("it is sent");
    assert_eq!(result(&run).await, "ann");
    assert_snapshot!(stage.told(engine).await, @r"
    1 workflow.started
    2 signal.awaited approval
    3 workflow.paused reason=signal
    4 workflow.resumed cause=signal
    5 signal.received approval
    6 step.started pay#1
    7 step.completed pay#1 durationMs=0 totalMs=0
    8 workflow.completed completedSteps=[pay] durationMs=0
    ");
}

#[workflow]
async fn late_approval() -> Result<Vec<u64>> {
    sleep!("before", "1 day").await;
    let mut taken = Vec::new();
    loop {
        let number: u64 = wait!("number").await?;
        taken.push(number);
        if taken.len() == 3 {
            return Ok(taken);
        }
    }
}

#[tokio::test]
async fn signals_sent_before_the_wait_are_taken_in_the_order_of_sending() {
    let stage = Stage::manual();
    let engine = engine(stage.builder().workflow(late_approval)).await;
    let run = engine
        .start(late_approval, "one", ())
        .await
        .expect("it starts");
    for number in [7, 5, 6] {
        run.signal("number", number).await.expect("it is sent");
    }
    stage.wait_for("workflow.paused");
    stage.clock.advance(DAY);
    assert_eq!(result(&run).await, [7, 5, 6]);
    assert_snapshot!(stage.told(engine).await, @r"
    1 workflow.started
    2 sleep.started before durationMs=86400000 resumeAt=+86400000ms
    3 workflow.paused reason=sleep resumeAt=+86400000ms
    4 workflow.resumed cause=sleep
    5 sleep.completed before durationMs=86400000
    6 signal.awaited number
    7 signal.received number
    8 signal.awaited number:2
    9 signal.received number:2
    10 signal.awaited number:3
    11 signal.received number:3
    12 workflow.completed completedSteps=[] durationMs=86400000
    ");
}

#[workflow]
async fn impatient() -> Result<String> {
    let waited: Result<String, StepError> = wait!("approval", timeout = "3 days").await;
    let error = waited.expect_err("nobody sends it");
    assert_eq!(
        (error.kind(), error.step()),
        (ErrorKind::Timeout, "approval")
    );
    sleep!("after", "1 day").await;
    Ok(error.to_string())
}

#[tokio::test]
async fn a_deadline_that_passes_first_is_an_error_and_the_same_on_a_replay() {
    let (result, story) = run(impatient, ()).await;
    let message = "step `approval` failed: the signal `approval` did not come within 3days";
    assert_eq!(result, Ok(message.to_owned()));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 signal.awaited approval deadline=+259200000ms
    3 workflow.paused reason=signal resumeAt=+259200000ms
    4 workflow.resumed cause=signal
    5 signal.expired approval
    6 sleep.started after durationMs=86400000 resumeAt=+345600000ms
    7 workflow.paused reason=sleep resumeAt=+345600000ms
    8 workflow.resumed cause=sleep
    9 sleep.completed after durationMs=86400000
    10 workflow.completed completedSteps=[] durationMs=345600000
    ");
}

#[workflow]
async fn quick() -> Result<bool> {
    let waited: Result<bool, StepError> = wait!("answer", timeout = "5s").await;
    Ok(waited.unwrap_or_default())
}

#[tokio::test]
async fn a_run_that_is_kept_while_it_waits_is_woken_in_process() {
    let stage = Stage::manual();
    let engine = engine(stage.builder().workflow(quick)).await;
    let run = engine.start(quick, "one", ()).await.expect("it starts");
    stage.wait_for("workflow.paused");
    assert_eq!(engine.health().runs_in_memory, 1);
    run.signal("answer", true).await.expect("it is sent");
    assert!(result(&run).await);
    engine.shutdown(PATIENCE).await;
}

#[workflow]
async fn picky() -> Result<(String, u64)> {
    let first: Result<u64, StepError> = wait!("first", signal = "number").await;
    let error = first.expect_err("that was no number");
    assert_eq!(error.kind(), ErrorKind::Encoding);
    let () = wait!("go").await?;
    let second: u64 = wait!("second", signal = "number").await?;
    Ok((error.message().to_owned(), second))
}

#[tokio::test]
async fn a_value_of_another_type_is_an_error_and_the_signal_is_used_up() {
    let stage = Stage::manual();
    let engine = engine(stage.builder().workflow(picky)).await;
    let run = engine.start(picky, "one", ()).await.expect("it starts");
    run.signal("number", "three").await.expect("it is sent");
    run.signal("number", 3).await.expect("it is sent");
    run.signal("go", ()).await.expect("it is sent");
    let (message, second) = result(&run).await;
    assert_eq!(second, 3);
    let expected = "the value of the signal does not decode as `u64`: ";
    assert!(message.starts_with(expected), "{message}");
    assert_snapshot!(stage.told(engine).await, @r"
    1 workflow.started
    2 signal.awaited first signal=number
    3 workflow.paused reason=signal
    4 workflow.resumed cause=signal
    5 signal.received first
    6 signal.awaited go
    7 signal.received go
    8 signal.awaited second signal=number
    9 signal.received second
    10 workflow.completed completedSteps=[] durationMs=0
    ");
}

#[tokio::test]
async fn unknown_and_ended_runs_refuse_signals_and_say_so() {
    let stage = Stage::manual();
    let engine = engine(stage.builder().workflow(quick)).await;
    let run = engine.start(quick, "one", ()).await.expect("it starts");
    run.signal("answer", false).await.expect("it is sent");
    result(&run).await;
    let late = run.signal("answer", true).await;
    let status = RunStatus::Completed;
    let run = run.id();
    assert_eq!(late, Err(SignalError::Ended { run, status }));
    let nobody = "018f0000-0000-7000-8000-000000000000";
    let nobody = nobody.parse().expect("it is an id");
    let unknown = engine.signal(nobody, "answer", true).await;
    assert_eq!(unknown, Err(SignalError::Unknown { run: nobody }));
    let message = unknown.expect_err("it is unknown").to_string();
    assert_eq!(
        message,
        format!("cannot send a signal: there is no run {nobody}")
    );
    engine.shutdown(PATIENCE).await;
}

#[workflow]
async fn patient() -> Result<String> {
    let by: String = wait!("approval", timeout = "3 days").await?;
    Ok(by)
}

#[tokio::test]
async fn a_signal_sent_in_time_counts_although_the_engine_was_down_at_the_deadline() {
    let stage = Stage::manual();
    let first = engine(stage.builder().workflow(patient)).await;
    let run = first.start(patient, "one", ()).await.expect("it starts");
    let id = run.id();
    stage.wait_for("workflow.paused");
    first.shutdown(PATIENCE).await;
    // An engine that does not know the workflow can send.
    let second = engine(stage.builder()).await;
    stage.clock.advance(DAY);
    second
        .signal(id, "approval", "ann")
        .await
        .expect("it is sent");
    second.shutdown(PATIENCE).await;
    stage.clock.advance(10 * DAY);
    let third = engine(stage.builder().workflow(patient)).await;
    let run = third.run(patient, "one").await.expect("it is there");
    assert_eq!(result(&run).await, "ann");
    third.shutdown(PATIENCE).await;
}

#[tokio::test]
async fn a_signal_sent_after_the_deadline_does_not_count() {
    let stage = Stage::manual();
    let first = engine(stage.builder().workflow(patient)).await;
    let run = first.start(patient, "one", ()).await.expect("it starts");
    let id = run.id();
    stage.wait_for("workflow.paused");
    first.shutdown(PATIENCE).await;
    stage.clock.advance(10 * DAY);
    let second = engine(stage.builder()).await;
    second
        .signal(id, "approval", "ann")
        .await
        .expect("it is sent");
    second.shutdown(PATIENCE).await;
    let third = engine(stage.builder().workflow(patient)).await;
    let run = third.run(patient, "one").await.expect("it is there");
    let error = tokio::time::timeout(PATIENCE, run.result()).await;
    let error = error.expect("the run ends").expect_err("it came too late");
    assert!(
        error.to_string().contains("did not come within 3days"),
        "{error}"
    );
    third.shutdown(PATIENCE).await;
}

#[workflow]
async fn raced() -> Result<u64> {
    tokio::select! {
        () = sleep!("nap", "1 day") => {}
        number = wait!("number") => { let _: u64 = number?; }
    }
    Ok(wait!("later", signal = "number").await?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_whose_branch_lost_takes_nothing() {
    let stage = Stage::manual();
    let engine = engine(stage.builder().workflow(raced)).await;
    let run = engine.start(raced, "one", ()).await.expect("it starts");
    stage.wait_for("workflow.paused");
    stage.clock.advance(DAY);
    stage.wait_for("sleep.completed");
    run.signal("number", 4).await.expect("it is sent");
    assert_eq!(result(&run).await, 4);
    engine.shutdown(PATIENCE).await;
}

#[tokio::test]
async fn another_engine_on_the_file_sends_and_the_one_that_executes_notices() {
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let open = || SqliteStore::open(folder.path().join("store.db")).expect("the file opens");
    let builder = |store: SqliteStore| Engine::builder().store_arc(Arc::new(store));
    let executing = engine(builder(open()).workflow(approved)).await;
    let run = executing
        .start(approved, "one", ())
        .await
        .expect("it starts");
    let other = engine(builder(open())).await;
    assert!(!other.health().executes);
    other
        .signal(run.id(), "approval", "ann")
        .await
        .expect("it is sent");
    assert_eq!(result(&run).await, "ann");
    other.shutdown(PATIENCE).await;
    executing.shutdown(PATIENCE).await;
}

/// How often a body was begun, the first time and in replays.
#[derive(Clone, Default)]
struct Executions(Arc<AtomicUsize>);

#[workflow]
async fn listener(signals: usize, #[resource] executions: &Executions) -> Result<u64> {
    executions.0.fetch_add(1, Ordering::Relaxed);
    let mut sum = 0;
    for turn in 0..signals {
        let number: u64 = wait!("number", key = turn).await?;
        sum += number;
    }
    Ok(sum)
}

/// Starts a listener and sends it numbers, each when it waits again and, where it is not
/// expected to stay, has left memory. Says how often the body was begun.
async fn listen(ticker: Arc<dyn Ticker>, stays: bool) -> usize {
    const SIGNALS: usize = 5;
    let stage = Stage::manual();
    let executions = Executions::default();
    let builder = stage.builder().ticker(ticker).workflow(listener);
    let engine = engine(builder.resource(executions.clone())).await;
    let run = engine.start(listener, "one", SIGNALS).await;
    let run = run.expect("it starts");
    for turn in 0..SIGNALS {
        let waits = async {
            // Started, awaited and paused; and for each signal resumed, received, awaited, paused.
            while run.events().await.expect("readable").len() < 3 + 4 * turn {
                tokio::task::yield_now().await;
            }
            while !stays && engine.health().runs_in_memory > 0 {
                tokio::task::yield_now().await;
            }
        };
        let waits = tokio::time::timeout(PATIENCE, waits).await;
        waits.expect("it waits again");
        let sent = engine.signal(run.id(), "number", 1_u64).await;
        sent.expect("it is sent");
    }
    assert_eq!(result(&run).await, SIGNALS as u64);
    engine.shutdown(PATIENCE).await;
    executions.0.load(Ordering::Relaxed)
}

#[tokio::test]
async fn signals_in_quick_succession_are_taken_without_a_replay() {
    /// However slow the machine is, no pause ends.
    struct Still;

    impl Ticker for Still {
        fn pause(&self, _: Duration) -> BoxFuture<'static, ()> {
            Box::pin(std::future::pending())
        }
    }

    assert_eq!(listen(Arc::new(Still), true).await, 1);
}

#[tokio::test]
async fn a_run_that_nothing_comes_for_leaves_memory_and_is_replayed_for_the_next_signal() {
    assert_eq!(listen(Arc::new(FastTicker::new(1_000)), false).await, 6);
}
