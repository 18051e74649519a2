//! Helpers with operations of their own: what is inside a part is told and found by its path.

use std::sync::Mutex;

use futures_util::future::join_all;
use insta::assert_snapshot;
use workflow_core::prelude::*;
use workflow_core::{RunError, RunStatus, idempotency_key};
use workflow_tests::story::{PATIENCE, Stage};

use super::{run, run_with};

async fn fine(value: u64) -> Result<u64> {
    Ok(value)
}

#[workflow(part)]
async fn line(item: &u64) -> Result<u64> {
    let priced = step!("price", fine(*item)).await?;
    value!("tax", priced / 5).await;
    Ok(priced)
}

#[workflow(part)]
async fn invoice(items: &[u64]) -> Result<u64> {
    let mut sum = 0;
    for item in items {
        sum += part!("line", key = item, line(item)).await?;
    }
    step!("send", fine(sum)).await?;
    Ok(sum)
}

#[workflow]
async fn month(orders: Vec<Vec<u64>>) -> Result<u64> {
    let mut sum = 0;
    for items in &orders {
        sum += part!("invoice", key = items.len(), invoice(items)).await?;
    }
    Ok(step!("send", fine(sum)).await?)
}

#[tokio::test]
async fn the_parts_around_an_operation_are_told() {
    let (result, story) = run(month, vec![vec![5], vec![1, 5]]).await;
    assert_eq!(result, Ok(11));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started invoice[1]/line[5]/price#1
    3 step.completed invoice[1]/line[5]/price#1 durationMs=0 totalMs=0
    4 value.recorded invoice[1]/line[5]/tax
    5 step.started invoice[1]/send#1
    6 step.completed invoice[1]/send#1 durationMs=0 totalMs=0
    7 step.started invoice[2]/line[1]/price#1
    8 step.completed invoice[2]/line[1]/price#1 durationMs=0 totalMs=0
    9 value.recorded invoice[2]/line[1]/tax
    10 step.started invoice[2]/line[5]/price#1
    11 step.completed invoice[2]/line[5]/price#1 durationMs=0 totalMs=0
    12 value.recorded invoice[2]/line[5]/tax
    13 step.started invoice[2]/send#1
    14 step.completed invoice[2]/send#1 durationMs=0 totalMs=0
    15 step.started send#1
    16 step.completed send#1 durationMs=0 totalMs=0
    17 workflow.completed completedSteps=[price, send, price, price, send, send] durationMs=0
    ");
}

#[workflow]
async fn again(times: u64) -> Result<u64> {
    let mut sum = 0;
    while sum < times {
        sum += part!("line", line(&1)).await?;
    }
    Ok(sum)
}

#[tokio::test]
async fn a_part_without_a_key_is_told_by_its_repeat() {
    let (result, story) = run(again, 2).await;
    assert_eq!(result, Ok(2));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started line/price#1
    3 step.completed line/price#1 durationMs=0 totalMs=0
    4 value.recorded line/tax
    5 step.started line#2/price#1
    6 step.completed line#2/price#1 durationMs=0 totalMs=0
    7 value.recorded line#2/tax
    8 workflow.completed completedSteps=[price, price] durationMs=0
    ");
}

/// The keys that steps were given, in order.
struct Keys(Mutex<Vec<String>>);

impl Keys {
    async fn note(&self) -> Result<u64> {
        let key = idempotency_key();
        let (_run, key) = key.split_once('/').expect("a key begins with the run");
        let mut keys = self.0.lock().expect("nobody panics");
        keys.push(key.to_owned());
        Ok(keys.len() as u64)
    }

    fn taken(&self) -> Vec<String> {
        self.0.lock().expect("nobody panics").clone()
    }
}

#[workflow(part)]
async fn noted(#[resource] keys: &Keys) -> Result<u64> {
    let n = step!("note", keys.note()).await?;
    Ok(n + step!("note-again", key = "a/b", keys.note()).await?)
}

#[workflow]
async fn noting() -> Result<u64> {
    part!("noted", key = "1/2", noted()).await
}

#[tokio::test]
async fn a_part_borrows_resources_and_its_steps_have_keys_of_their_own() {
    let keys = std::sync::Arc::new(Keys(Mutex::default()));
    let shared = std::sync::Arc::clone(&keys);
    let with = move |builder: workflow_core::EngineBuilder| builder.resource_arc(shared);
    let (result, _) = run_with(with, noting, ()).await;
    assert_eq!(result, Ok(3));
    let taken = keys.taken();
    assert_eq!(taken, ["noted[1%2F2]/note", "noted[1%2F2]/note-again[a/b]"]);
}

#[workflow(part)]
async fn slow(n: &u64) -> Result<u64> {
    let before = step!("before", fine(*n)).await?;
    sleep!("settle", "30 days").await;
    Ok(before + step!("after", fine(*n)).await?)
}

#[workflow(name = "several")]
async fn forward(items: Vec<u64>) -> Result<u64> {
    let parts = items
        .iter()
        .map(|item| part!("slow", key = item, slow(item)));
    join_all(parts).await.into_iter().sum()
}

/// The same, polled in another order.
#[workflow(name = "several")]
async fn backward(items: Vec<u64>) -> Result<u64> {
    let parts = items
        .iter()
        .rev()
        .map(|item| part!("slow", key = item, slow(item)));
    join_all(parts).await.into_iter().sum()
}

/// The same, with another name for the parts.
#[workflow(name = "several")]
async fn renamed(items: Vec<u64>) -> Result<u64> {
    let parts = items
        .iter()
        .map(|item| part!("other", key = item, slow(item)));
    join_all(parts).await.into_iter().sum()
}

/// A run of `forward` whose parts sleep, and whose sleeps are over; its engine is gone.
async fn left_sleeping() -> Stage {
    let stage = Stage::manual();
    let builder = stage.builder().workflow(forward);
    let engine = builder.start().await.expect("it starts");
    let run = engine.start(forward, "one", vec![3, 4]).await;
    let run = run.expect("it starts");
    stage.wait_for("workflow.paused");
    assert_eq!(run.status().await, Ok(RunStatus::Waiting));
    engine.shutdown(PATIENCE).await;
    let days = std::time::Duration::from_secs(31 * 24 * 60 * 60);
    stage.clock.advance(days);
    stage
}

#[tokio::test]
async fn parts_go_on_where_they_were_also_where_they_are_polled_in_another_order() {
    let stage = left_sleeping().await;
    let builder = stage.builder().workflow(backward);
    let engine = builder.start().await.expect("it starts");
    let run = engine.run(backward, "one").await.expect("it is there");
    let result = tokio::time::timeout(PATIENCE, run.result()).await;
    assert_eq!(result.expect("it ends"), Ok(14));
    assert_snapshot!(stage.told(engine).await, @r"
    1 workflow.started
    2 step.started slow[3]/before#1
    3 step.started slow[4]/before#1
    4 step.completed slow[3]/before#1 durationMs=0 totalMs=0
    5 sleep.started slow[3]/settle durationMs=2592000000 resumeAt=+2592000000ms
    6 step.completed slow[4]/before#1 durationMs=0 totalMs=0
    7 sleep.started slow[4]/settle durationMs=2592000000 resumeAt=+2592000000ms
    8 workflow.paused reason=sleep resumeAt=+2592000000ms
    9 workflow.resumed cause=sleep
    10 sleep.completed slow[4]/settle durationMs=2592000000
    11 step.started slow[4]/after#1
    12 sleep.completed slow[3]/settle durationMs=2592000000
    13 step.started slow[3]/after#1
    14 step.completed slow[4]/after#1 durationMs=0 totalMs=0
    15 step.completed slow[3]/after#1 durationMs=0 totalMs=0
    16 workflow.completed completedSteps=[before, before, after, after] durationMs=2678400000
    ");
}

#[tokio::test]
async fn a_part_of_another_name_is_another_place() {
    let stage = left_sleeping().await;
    let builder = stage.builder().workflow(renamed);
    let engine = builder.start().await.expect("it starts");
    let run = engine.run(renamed, "one").await.expect("it is there");
    let result = tokio::time::timeout(PATIENCE, run.result()).await;
    let Err(RunError::Blocked { reason }) = result.expect("it does not hang") else {
        panic!("the run is not blocked");
    };
    assert!(reason.contains("step `slow[3]/before` (seq"), "{reason}");
    assert!(reason.contains("step `other[3]/before` at "), "{reason}");
}

#[workflow]
async fn alive_twice() -> Result<u64> {
    let (a, b) = tokio::join!(
        part!("first", line(&1)),
        join_all([1, 1].map(|n| part!("line", key = n, line(&1))))
    );
    Ok(a? + b.into_iter().sum::<Result<u64>>()?)
}

#[tokio::test]
async fn a_key_of_two_parts_that_are_alive_is_an_error() {
    let (result, _) = run(alive_twice, ()).await;
    let Err(RunError::Blocked { reason }) = result else {
        panic!("the run is not blocked");
    };
    assert!(reason.contains("part `line[1]#2` at "), "{reason}");
    assert!(reason.contains("name and key `1`"), "{reason}");
}
