//! Runs that start other runs as their children.

use std::time::Duration;

use insta::assert_snapshot;
use workflow_core::prelude::*;
use workflow_core::{ErrorKind, RunStatus};
use workflow_tests::story::{PATIENCE, Stage};

use super::run_with;

async fn fine() -> Result<u64> {
    Ok(1)
}

async fn down() -> Result<u64, std::io::Error> {
    Err(std::io::Error::other("the printer is on fire"))
}

#[workflow]
async fn invoice(order: String) -> Result<u64> {
    step!("print", fine()).await?;
    Ok(order.len() as u64)
}

#[workflow]
async fn checkout(order: String) -> Result<u64> {
    let pages = child!("invoice", invoice(order)).await?;
    Ok(pages + 1)
}

#[tokio::test]
async fn a_child_is_a_run_whose_end_wakes_its_parent() {
    let (result, story) = run_with(|b| b.workflow(invoice), checkout, "lamp".to_owned()).await;
    assert_eq!(result, Ok(5));
    assert_snapshot!(without_ids(&story), @r"
    1 workflow.started
    2 child.started invoice childWorkflow=invoice
    3 workflow.paused reason=child
    4 workflow.resumed cause=child
    5 child.completed invoice childWorkflow=invoice
    6 workflow.completed completedSteps=[] durationMs=0
    --
    1 workflow.queued
    2 workflow.started
    3 step.started print#1
    4 step.completed print#1 durationMs=0 totalMs=0
    5 workflow.completed completedSteps=[print] durationMs=0
    ");
}

/// The story without the ids of children.
pub(crate) fn without_ids(story: &str) -> String {
    let words = |line: &str| {
        let words = line
            .split(' ')
            .filter(|word| !word.starts_with("childRunId="));
        words.collect::<Vec<_>>().join(" ")
    };
    story.lines().map(words).collect::<Vec<_>>().join("\n")
}

#[workflow]
async fn failing(_order: u64) -> Result<u64> {
    Ok(step!("print", down()).await?)
}

#[workflow]
async fn handing_on() -> Result<u64> {
    let error = child!("invoice", failing(1)).await.expect_err("it fails");
    assert_eq!((error.kind(), error.step()), (ErrorKind::Error, "invoice"));
    assert_eq!(error.message(), "the printer is on fire");
    Err(error.into())
}

#[tokio::test]
async fn the_failure_of_a_child_travels_up() {
    let (result, story) = run_with(|b| b.workflow(failing), handing_on, ()).await;
    let error = result.expect_err("it fails");
    assert!(
        error.to_string().contains("the printer is on fire"),
        "{error}"
    );
    assert_snapshot!(without_ids(&story), @r"
    1 workflow.started
    2 child.started invoice childWorkflow=failing
    3 workflow.paused reason=child
    4 workflow.resumed cause=child
    5 child.failed invoice childWorkflow=failing error=error(the printer is on fire) at print
    6 workflow.failed completedSteps=[] error=error(the printer is on fire) at invoice
    --
    1 workflow.queued
    2 workflow.started
    3 step.started print#1
    4 step.failed print#1 error=error(the printer is on fire) willRetry=false
    5 workflow.failed completedSteps=[] error=error(the printer is on fire) at print
    ");
}

#[workflow]
async fn endless(_number: u64) -> Result<u64> {
    sleep!("nap", "1000 days").await;
    Ok(1)
}

#[workflow]
async fn waiting() -> Result<u64> {
    Ok(child!("endless", endless(1)).await?)
}

/// Where the only child is that is named in these events.
fn child_of(events: &[workflow_core::RunEvent]) -> workflow_core::RunId {
    let started = events.iter().find_map(|event| match &event.event {
        workflow_core::tracker::Event::ChildStarted(child) => Some(child.child_run_id.clone()),
        _ => None,
    });
    started
        .expect("a child was started")
        .parse()
        .expect("it is an id")
}

#[tokio::test]
async fn a_cancel_travels_down() {
    let stage = Stage::manual();
    let builder = stage.builder().workflow(waiting).workflow(endless);
    let engine = builder.start().await.expect("it starts");
    let run = engine.start(waiting, "one", ()).await.expect("it starts");
    stage.wait_for("sleep.started");
    let reason = Some("no longer needed".to_owned());
    engine
        .cancel(run.id(), reason)
        .await
        .expect("the store works");
    run.result().await.expect_err("it was cancelled");
    stage.wait_for("workflow.cancelled");
    let child = child_of(&run.events().await.expect("readable"));
    until(&engine, child, RunStatus::Cancelled).await;
    assert_snapshot!(without_ids(&stage.told(engine).await), @r"
    1 workflow.started
    2 child.started endless childWorkflow=endless
    3 workflow.paused reason=child
    4 workflow.cancelled completedSteps=[] reason=no longer needed
    --
    1 workflow.queued
    2 workflow.started
    3 sleep.started nap durationMs=86400000000 resumeAt=+86400000000ms
    4 workflow.paused reason=sleep resumeAt=+86400000000ms
    5 workflow.cancelled completedSteps=[] reason=the run that started it was cancelled: no longer needed
    ");
}

/// Waits until a run stands so.
async fn until(engine: &Engine, run: workflow_core::RunId, status: RunStatus) {
    let reached = async {
        while engine.status(run).await.expect("it is there") != status {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(PATIENCE, reached)
        .await
        .expect("it gets there");
}

#[tokio::test]
async fn a_cancelled_child_is_an_error_of_its_parent() {
    let stage = Stage::manual();
    let builder = stage.builder().workflow(waiting).workflow(endless);
    let engine = builder.start().await.expect("it starts");
    let run = engine.start(waiting, "one", ()).await.expect("it starts");
    stage.wait_for("sleep.started");
    let child = child_of(&run.events().await.expect("readable"));
    let reason = Some("out of paper".to_owned());
    engine.cancel(child, reason).await.expect("the store works");
    let error = tokio::time::timeout(PATIENCE, run.result()).await;
    let error = error
        .expect("it ends")
        .expect_err("its child was cancelled");
    assert!(
        error
            .to_string()
            .contains("the child was cancelled: out of paper"),
        "{error}"
    );
    engine.shutdown(PATIENCE).await;
}

#[workflow]
async fn impatient() -> Result<u64> {
    tokio::select! {
        () = sleep!("nap", "1 day") => {}
        number = child!("endless", endless(1)) => return Ok(number?),
    }
    sleep!("after", "2 days").await;
    Ok(2)
}

#[tokio::test]
async fn a_child_that_nobody_waits_for_any_more_is_cancelled() {
    let stage = Stage::manual();
    let builder = stage.builder().workflow(impatient).workflow(endless);
    let engine = builder.start().await.expect("it starts");
    let run = engine.start(impatient, "one", ()).await.expect("it starts");
    stage.wait_for("sleep.started");
    let child = child_of(&run.events().await.expect("readable"));
    until(&engine, child, RunStatus::Waiting).await;
    stage.clock.advance(Duration::from_secs(24 * 60 * 60));
    until(&engine, child, RunStatus::Cancelled).await;
    assert_ne!(run.status().await.expect("readable"), RunStatus::Cancelled);
    engine.shutdown(PATIENCE).await;
}

#[workflow]
async fn triangle(n: u64) -> Result<u64> {
    if n == 0 {
        return Ok(0);
    }
    Ok(n + child!("rest", triangle(n - 1)).await?)
}

#[tokio::test]
async fn a_workflow_may_start_itself() {
    let (result, _) = run_with(|b| b, triangle, 6).await;
    assert_eq!(result, Ok(21));
}

#[workflow]
async fn many(n: u64) -> Result<u64> {
    let children = (0..n).map(|i| child!("invoice", key = i, invoice("x".repeat(3))));
    let pages = futures_util::future::try_join_all(children).await?;
    Ok(pages.into_iter().sum())
}

#[tokio::test]
async fn children_of_many_items_have_keys() {
    let (result, _) = run_with(|b| b.workflow(invoice), many, 20).await;
    assert_eq!(result, Ok(60));
}

#[tokio::test]
async fn a_child_that_no_engine_serves_waits_until_one_does() {
    let stage = Stage::manual();
    let builder = stage.builder().workflow(checkout);
    let engine = builder.start().await.expect("it starts");
    let run = engine
        .start(checkout, "one", "lamp".to_owned())
        .await
        .expect("it starts");
    stage.wait_for("workflow.paused");
    let child = child_of(&run.events().await.expect("readable"));
    assert_eq!(engine.status(child).await, Ok(RunStatus::Queued));
    engine.shutdown(PATIENCE).await;
    let builder = stage.builder().workflow(checkout).workflow(invoice);
    let engine = builder.start().await.expect("it starts");
    let run = engine.run(checkout, "one").await.expect("it is there");
    let result = tokio::time::timeout(PATIENCE, run.result()).await;
    assert_eq!(result.expect("it ends"), Ok(5));
    engine.shutdown(PATIENCE).await;
}
