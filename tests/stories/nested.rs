//! Waits and children inside parts: told and found by their paths.

use futures_util::future::try_join_all;
use insta::assert_snapshot;
use workflow_core::prelude::*;
use workflow_core::{RunQuery, RunStatus};
use workflow_tests::story::{PATIENCE, Stage};

use super::children::without_ids;

async fn fine(value: u64) -> Result<u64> {
    Ok(value)
}

#[workflow]
async fn invoice(item: u64) -> Result<u64> {
    Ok(step!("print", fine(10 * item)).await?)
}

#[workflow(part)]
async fn line(item: &u64) -> Result<u64> {
    let printed = child!("invoice", invoice(*item)).await?;
    let approval: u64 = wait!("approval", signal = item).await?;
    Ok(printed + approval)
}

#[workflow]
async fn in_turn(items: Vec<u64>) -> Result<Vec<u64>> {
    let mut lines = Vec::new();
    for item in &items {
        lines.push(part!("line", key = item, line(item)).await?);
    }
    Ok(lines)
}

#[tokio::test]
async fn waits_and_children_are_told_with_the_parts_around_them() {
    let stage = Stage::manual();
    let builder = stage.builder().workflow(in_turn).workflow(invoice);
    let engine = builder.start().await.expect("it starts");
    let run = engine.start(in_turn, "one", vec![3, 4]).await;
    let run = run.expect("it starts");
    run.signal("3", 7).await.expect("it is sent");
    run.signal("4", 8).await.expect("it is sent");
    let result = tokio::time::timeout(PATIENCE, run.result()).await;
    assert_eq!(result.expect("it ends"), Ok(vec![37, 48]));
    assert_snapshot!(without_ids(&stage.told(engine).await), @r"
    1 workflow.started
    2 child.started line[3]/invoice childWorkflow=invoice
    3 workflow.paused reason=child
    4 workflow.resumed cause=child
    5 child.completed line[3]/invoice childWorkflow=invoice
    6 signal.awaited line[3]/approval signal=3
    7 workflow.paused reason=signal
    8 workflow.resumed cause=signal
    9 signal.received line[3]/approval
    10 child.started line[4]/invoice childWorkflow=invoice
    11 workflow.paused reason=child
    12 workflow.resumed cause=child
    13 child.completed line[4]/invoice childWorkflow=invoice
    14 signal.awaited line[4]/approval signal=4
    15 signal.received line[4]/approval
    16 workflow.completed completedSteps=[] durationMs=0
    --
    1 workflow.queued
    2 workflow.started
    3 step.started print#1
    4 step.completed print#1 durationMs=0 totalMs=0
    5 workflow.completed completedSteps=[print] durationMs=0
    --
    1 workflow.queued
    2 workflow.started
    3 step.started print#1
    4 step.completed print#1 durationMs=0 totalMs=0
    5 workflow.completed completedSteps=[print] durationMs=0
    ");
}

#[workflow(name = "lines")]
async fn forward(items: Vec<u64>) -> Result<Vec<u64>> {
    let lines = items.iter();
    try_join_all(lines.map(|item| part!("line", key = item, line(item)))).await
}

/// The same, polled in another order.
#[workflow(name = "lines")]
async fn backward(items: Vec<u64>) -> Result<Vec<u64>> {
    let lines = items.iter().rev();
    try_join_all(lines.map(|item| part!("line", key = item, line(item)))).await
}

/// The subjects of the events of this type, sorted.
fn subjects<'a>(story: &'a str, event_type: &str) -> Vec<&'a str> {
    let lines = story.lines().map(|line| line.split_whitespace());
    let of_type = lines.filter_map(|mut words| {
        let is_it = words.nth(1) == Some(event_type);
        is_it.then(|| words.next().unwrap_or_default())
    });
    let mut subjects: Vec<_> = of_type.collect();
    subjects.sort_unstable();
    subjects
}

#[tokio::test]
async fn waits_and_children_of_parts_are_found_again_where_they_are_polled_in_another_order() {
    let stage = Stage::manual();
    let builder = stage.builder().workflow(forward).workflow(invoice);
    let engine = builder.start().await.expect("it starts");
    let run = engine.start(forward, "one", vec![3, 4]).await;
    run.expect("it starts");
    let asked = |story: &str| subjects(story, "signal.awaited").len() == 2;
    let both = async {
        while !asked(&stage.story()) {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    };
    let both = tokio::time::timeout(PATIENCE, both).await;
    both.expect("both parts wait");
    engine.shutdown(PATIENCE).await;

    let builder = stage.builder().workflow(backward).workflow(invoice);
    let engine = builder.start().await.expect("it starts");
    let run = engine.run(backward, "one").await.expect("it is there");
    assert_ne!(run.status().await, Ok(RunStatus::Completed));
    run.signal("4", 8).await.expect("it is sent");
    run.signal("3", 7).await.expect("it is sent");
    let result = tokio::time::timeout(PATIENCE, run.result()).await;
    assert_eq!(result.expect("it ends"), Ok(vec![48, 37]));
    let runs = engine.runs(RunQuery::default()).await;
    assert_eq!(runs.expect("readable").len(), 3, "each child is there once");

    let story = stage.told(engine).await;
    let waits = ["line[3]/approval", "line[4]/approval"];
    let children = ["line[3]/invoice", "line[4]/invoice"];
    assert_eq!(subjects(&story, "signal.awaited"), waits);
    assert_eq!(subjects(&story, "signal.received"), waits);
    assert_eq!(subjects(&story, "child.started"), children);
    assert_eq!(subjects(&story, "child.completed"), children);
}
