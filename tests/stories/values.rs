//! Runs that record values which differ from call to call.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use insta::assert_snapshot;
use workflow_core::prelude::*;
use workflow_tests::story::Stage;

use super::run;

const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);

async fn fine() -> Result<u64> {
    Ok(1)
}

#[workflow]
async fn stamped() -> Result<bool> {
    let before = value!("before", SystemTime::now()).await;
    step!("work", fine()).await?;
    let after = value!("after", SystemTime::now()).await;
    Ok(before <= after)
}

#[tokio::test]
async fn values_are_events_in_their_place() {
    let (result, story) = run(stamped, ()).await;
    assert_eq!(result, Ok(true));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 value.recorded before
    3 step.started work#1
    4 step.completed work#1 durationMs=0 totalMs=0
    5 value.recorded after
    6 workflow.completed completedSteps=[work] durationMs=0
    ");
}

#[workflow]
async fn drawn(items: Vec<u64>) -> Result<Vec<u64>> {
    let mut drawn = Vec::new();
    for item in &items {
        drawn.push(value!("draw", key = item, item * 10).await);
    }
    let (left, right) = tokio::join!(value!("left", 1), value!("right", 2));
    drawn.extend([left, right]);
    Ok(drawn)
}

#[tokio::test]
async fn a_value_of_many_has_its_key() {
    let (result, story) = run(drawn, vec![3, 4]).await;
    assert_eq!(result, Ok(vec![30, 40, 1, 2]));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 value.recorded draw[3]
    3 value.recorded draw[4]
    4 value.recorded left
    5 value.recorded right
    6 workflow.completed completedSteps=[] durationMs=0
    ");
}

/// The next number, which no two calls give.
static NEXT: AtomicU64 = AtomicU64::new(1);

#[workflow]
async fn ticketed() -> Result<(u64, u64)> {
    let first = value!("first", NEXT.fetch_add(1, Ordering::Relaxed)).await;
    sleep!("month", MONTH).await;
    let second = value!("second", NEXT.fetch_add(1, Ordering::Relaxed)).await;
    Ok((first, second))
}

#[tokio::test]
async fn a_value_is_the_same_after_a_restart() {
    let stage = Stage::manual();
    let builder = stage.builder().workflow(ticketed);
    let engine = builder.start().await.expect("it starts");
    let _run = engine.start(ticketed, "one", ()).await.expect("it starts");
    stage.wait_for("workflow.paused");
    engine.shutdown(Duration::from_secs(5)).await;
    stage.clock.advance(MONTH);
    let builder = stage.builder().workflow(ticketed);
    let engine = builder.start().await.expect("it starts");
    let run = engine.run(ticketed, "one").await.expect("it is there");
    assert_eq!(run.result().await, Ok((1, 2)));
    assert_eq!(NEXT.load(Ordering::Relaxed), 3);
    assert_snapshot!(stage.told(engine).await, @r"
    1 workflow.started
    2 value.recorded first
    3 sleep.started month durationMs=2592000000 resumeAt=+2592000000ms
    4 workflow.paused reason=sleep resumeAt=+2592000000ms
    5 workflow.resumed cause=sleep
    6 sleep.completed month durationMs=2592000000
    7 value.recorded second
    8 workflow.completed completedSteps=[] durationMs=2592000000
    ");
}

/// A map whose keys are no texts, which JSON cannot hold.
#[workflow]
async fn unrecordable() -> Result<u64> {
    let pairs = [((1, 2), 3)];
    let map = value!("map", std::collections::BTreeMap::from(pairs)).await;
    Ok(map.len() as u64)
}

#[tokio::test]
async fn a_value_that_cannot_be_recorded_ends_the_run() {
    let (result, story) = run(unrecordable, ()).await;
    let error = result.expect_err("nothing was recorded");
    assert!(error.to_string().contains("`map`"), "{error}");
    assert_snapshot!(story, @r"
    1 workflow.started
    2 workflow.failed completedSteps=[] error=encoding(value `map`, a `alloc::collections::btree::map::BTreeMap<(i32, i32), i32>`, cannot be recorded: key must be a string)
    ");
}
