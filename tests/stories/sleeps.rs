//! Runs that wait for a time.

use std::time::Duration;

use insta::assert_snapshot;
use workflow_core::prelude::*;
use workflow_core::{Clock as _, RunStatus, Timestamp};
use workflow_tests::story::Stage;

use super::run;

async fn fine() -> Result<u64> {
    Ok(1)
}

#[workflow]
async fn napping() -> Result<u64> {
    sleep!("nap", "5 seconds").await;
    Ok(step!("after", fine()).await?)
}

#[tokio::test]
async fn a_sleep_pauses_the_run() {
    let (result, story) = run(napping, ()).await;
    assert_eq!(result, Ok(1));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 sleep.started nap durationMs=5000 resumeAt=+5000ms
    3 workflow.paused reason=sleep resumeAt=+5000ms
    4 workflow.resumed cause=sleep
    5 sleep.completed nap durationMs=5000
    6 step.started after#1
    7 step.completed after#1 durationMs=0 totalMs=0
    8 workflow.completed completedSteps=[after] durationMs=5000
    ");
}

#[workflow]
async fn month() -> Result<u64> {
    step!("before", fine()).await?;
    sleep!("month", "30 days").await;
    Ok(step!("after", fine()).await?)
}

#[tokio::test]
async fn a_month_is_parked_and_tells_the_same_story() {
    let (result, story) = run(month, ()).await;
    assert_eq!(result, Ok(1));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started before#1
    3 step.completed before#1 durationMs=0 totalMs=0
    4 sleep.started month durationMs=2592000000 resumeAt=+2592000000ms
    5 workflow.paused reason=sleep resumeAt=+2592000000ms
    6 workflow.resumed cause=sleep
    7 sleep.completed month durationMs=2592000000
    8 step.started after#1
    9 step.completed after#1 durationMs=0 totalMs=0
    10 workflow.completed completedSteps=[before, after] durationMs=2592000000
    ");
}

#[workflow]
async fn short(past: Timestamp) -> Result<()> {
    sleep!("zero", Duration::ZERO).await;
    sleep!("past", until = past).await;
    sleep!("short", "50 ms").await;
    Ok(())
}

#[tokio::test]
async fn short_and_past_sleeps_are_recorded_and_not_announced() {
    let (result, story) = run(short, Timestamp::from_millis(5)).await;
    assert_eq!(result, Ok(()));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 sleep.started zero durationMs=0 resumeAt=+0ms
    3 sleep.completed zero durationMs=0
    4 sleep.started past durationMs=0 resumeAt=+0ms
    5 sleep.completed past durationMs=0
    6 sleep.started short durationMs=50 resumeAt=+50ms
    7 sleep.completed short durationMs=50
    8 workflow.completed completedSteps=[] durationMs=50
    ");
}

#[workflow]
async fn parallel() -> Result<u64> {
    let long = async {
        sleep!("long", "2 min").await;
        step!("after-long", fine()).await
    };
    let brief = async {
        sleep!("brief", "1 s").await;
        step!("after-brief", fine()).await
    };
    let (long, brief) = tokio::try_join!(long, brief)?;
    Ok(long + brief)
}

#[tokio::test]
async fn parallel_sleeps_have_their_own_instants() {
    let (result, story) = run(parallel, ()).await;
    assert_eq!(result, Ok(2));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 sleep.started long durationMs=120000 resumeAt=+120000ms
    3 sleep.started brief durationMs=1000 resumeAt=+1000ms
    4 workflow.paused reason=sleep resumeAt=+1000ms
    5 workflow.resumed cause=sleep
    6 sleep.completed brief durationMs=1000
    7 step.started after-brief#1
    8 step.completed after-brief#1 durationMs=0 totalMs=0
    9 workflow.paused reason=sleep resumeAt=+120000ms
    10 workflow.resumed cause=sleep
    11 sleep.completed long durationMs=120000
    12 step.started after-long#1
    13 step.completed after-long#1 durationMs=0 totalMs=0
    14 workflow.completed completedSteps=[after-brief, after-long] durationMs=120000
    ");
}

#[tokio::test]
async fn a_run_wakes_at_its_instant_after_two_restarts_and_many_looks() {
    let stage = Stage::manual();
    let engine = stage
        .builder()
        .workflow(month)
        .start()
        .await
        .expect("it starts");
    let run = engine.start(month, "one", ()).await.expect("it starts");
    stage.wait_for("workflow.paused");
    for _ in 0..20 {
        assert_eq!(run.status().await, Ok(RunStatus::Waiting));
    }
    engine.shutdown(Duration::from_secs(5)).await;
    stage.clock.advance(Duration::from_secs(15 * 24 * 60 * 60));
    let engine = stage
        .builder()
        .workflow(month)
        .start()
        .await
        .expect("it starts");
    engine.shutdown(Duration::from_secs(5)).await;
    stage.clock.advance(Duration::from_secs(15 * 24 * 60 * 60));
    let due = stage.clock.now();
    let engine = stage
        .builder()
        .workflow(month)
        .start()
        .await
        .expect("it starts");
    let run = engine.run(month, "one").await.expect("it is there");
    assert_eq!(run.result().await, Ok(1));
    assert_eq!(stage.clock.now(), due);
    assert_snapshot!(stage.told(engine).await, @r"
    1 workflow.started
    2 step.started before#1
    3 step.completed before#1 durationMs=0 totalMs=0
    4 sleep.started month durationMs=2592000000 resumeAt=+2592000000ms
    5 workflow.paused reason=sleep resumeAt=+2592000000ms
    6 workflow.resumed cause=sleep
    7 sleep.completed month durationMs=2592000000
    8 step.started after#1
    9 step.completed after#1 durationMs=0 totalMs=0
    10 workflow.completed completedSteps=[before, after] durationMs=2592000000
    ");
}
