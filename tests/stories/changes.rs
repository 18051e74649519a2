//! Code that changes under a run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use insta::assert_snapshot;
use workflow_core::prelude::*;
use workflow_core::testing::FastTicker;
use workflow_core::{RunError, RunStatus};
use workflow_tests::story::{PATIENCE, Stage};

async fn fine(value: u64) -> Result<u64> {
    Ok(value)
}

#[workflow(name = "shop")]
async fn old() -> Result<u64> {
    let paid = step!("charge", fine(1)).await?;
    sleep!("settle", "30 days").await;
    Ok(paid + step!("ship", fine(2)).await?)
}

/// The same, with its first step renamed.
#[workflow(name = "shop")]
async fn renamed() -> Result<u64> {
    let paid = step!("bill", fine(1)).await?;
    sleep!("settle", "30 days").await;
    Ok(paid + step!("ship", fine(2)).await?)
}

/// The same, waiting for something that the engine does not know.
#[workflow(name = "shop")]
async fn stuck() -> Result<u64> {
    let never = tokio::sync::Notify::new();
    never.notified().await;
    Ok(step!("charge", fine(1)).await?)
}

#[workflow]
async fn other() -> Result<u64> {
    Ok(step!("work", fine(7)).await?)
}

/// A stage with a run of the old code that sleeps, and whose sleep is over.
async fn sleeping() -> Stage {
    let stage = Stage::manual();
    let engine = stage
        .builder()
        .workflow(old)
        .start()
        .await
        .expect("it starts");
    let run = engine.start(old, "one", ()).await.expect("it starts");
    stage.wait_for("workflow.paused");
    assert_eq!(run.status().await, Ok(RunStatus::Waiting));
    engine.shutdown(PATIENCE).await;
    stage
        .clock
        .advance(std::time::Duration::from_secs(31 * 24 * 60 * 60));
    stage
}

#[tokio::test]
async fn a_renamed_step_blocks_the_run_others_go_on_and_it_completes_once_released() {
    let stage = sleeping().await;
    let builder = stage.builder().workflow(renamed).workflow(other);
    let engine = builder.start().await.expect("it starts");
    let run = engine.run(renamed, "one").await.expect("it is there");
    let Err(RunError::Blocked { reason }) = run.result().await else {
        panic!("the run is not blocked");
    };
    assert!(reason.contains("step `charge` (seq 3 at "), "{reason}");
    assert!(reason.contains("step `bill` at "), "{reason}");
    let cause = "since the code that recorded this, step `charge` is called `bill` now; put the \
                 code back";
    assert!(reason.contains(cause), "{reason}");
    assert_eq!(run.status().await, Ok(RunStatus::Blocked));
    let beside = engine.start(other, "two", ()).await.expect("it starts");
    assert_eq!(beside.result().await, Ok(7));
    engine.shutdown(PATIENCE).await;

    let builder = stage.builder().workflow(old).workflow(other);
    let engine = builder.start().await.expect("it starts");
    let run = engine.run(old, "one").await.expect("it is there");
    assert_eq!(engine.release(run.id()).await, Ok(true));
    let result = tokio::time::timeout(PATIENCE, run.result());
    assert_eq!(result.await.expect("it ends"), Ok(3));
    assert_eq!(engine.release(run.id()).await, Ok(false));
    let story = stage.told(engine).await;
    let types: Vec<_> = story
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1))
        .collect();
    assert_snapshot!(types.join("\n"), @r"
    workflow.started
    step.started
    step.completed
    sleep.started
    workflow.paused
    workflow.resumed
    workflow.blocked
    workflow.resumed
    sleep.completed
    step.started
    step.completed
    workflow.completed
    workflow.started
    step.started
    step.completed
    workflow.completed
    ");
}

#[tokio::test]
async fn a_replay_that_waits_for_something_foreign_is_blocked_in_the_end() {
    let stage = sleeping().await;
    let builder = stage.builder().ticker(Arc::new(FastTicker::new(600)));
    let engine = builder.workflow(stuck).start().await.expect("it starts");
    let run = engine.run(stuck, "one").await.expect("it is there");
    let result = tokio::time::timeout(PATIENCE, run.result()).await;
    let Err(RunError::Blocked { reason }) = result.expect("it does not hang") else {
        panic!("the run is not blocked");
    };
    assert!(reason.contains("but the code asks for nothing"), "{reason}");
}

/// The same, with a step added that runs in flight go on with.
#[workflow(name = "shop")]
async fn longer() -> Result<u64> {
    let paid = step!("charge", fine(1)).await?;
    sleep!("settle", "30 days").await;
    let shipped = step!("ship", fine(2)).await?;
    Ok(paid + shipped + step!("thank", fine(4)).await?)
}

#[tokio::test]
async fn steps_that_are_added_after_what_is_recorded_run() {
    let stage = sleeping().await;
    let builder = stage.builder().workflow(longer);
    let engine = builder.start().await.expect("it starts");
    let run = engine.run(longer, "one").await.expect("it is there");
    let result = tokio::time::timeout(PATIENCE, run.result()).await;
    assert_eq!(result.expect("it ends"), Ok(7));
    engine.shutdown(PATIENCE).await;
}

/// The same structure, whose body goes another way when it is told to.
#[workflow(name = "shop")]
async fn switched(#[resource] otherwise: &AtomicBool) -> Result<u64> {
    if otherwise.load(Ordering::Relaxed) {
        return Ok(step!("instead", fine(9)).await?);
    }
    let paid = step!("charge", fine(1)).await?;
    sleep!("settle", "30 days").await;
    Ok(paid)
}

#[tokio::test]
async fn a_body_that_goes_another_way_on_a_replay_is_told_so() {
    let stage = Stage::manual();
    let otherwise = Arc::new(AtomicBool::new(false));
    let builder = || {
        let builder = stage.builder().workflow(switched);
        builder.resource_arc(Arc::clone(&otherwise))
    };
    let engine = builder().start().await.expect("it starts");
    engine.start(switched, "one", ()).await.expect("it starts");
    stage.wait_for("workflow.paused");
    engine.shutdown(PATIENCE).await;
    otherwise.store(true, Ordering::Relaxed);
    stage
        .clock
        .advance(std::time::Duration::from_secs(31 * 24 * 60 * 60));
    for _ in 0..2 {
        let engine = builder().start().await.expect("it starts");
        let run = engine.run(switched, "one").await.expect("it is there");
        engine.release(run.id()).await.expect("the store works");
        let result = tokio::time::timeout(PATIENCE, run.result()).await;
        let Err(RunError::Blocked { reason }) = result.expect("it does not hang") else {
            panic!("the run is not blocked");
        };
        let cause = "the code lists the same operations as the code that recorded this";
        assert!(reason.contains(cause), "{reason}");
        assert!(reason.contains("step `instead` at "), "{reason}");
        engine.shutdown(PATIENCE).await;
    }
}

#[tokio::test]
async fn what_changed_is_told_again_after_a_release_that_did_not_help() {
    let stage = sleeping().await;
    for _ in 0..2 {
        let builder = stage.builder().workflow(renamed);
        let engine = builder.start().await.expect("it starts");
        let run = engine.run(renamed, "one").await.expect("it is there");
        engine.release(run.id()).await.expect("the store works");
        let result = tokio::time::timeout(PATIENCE, run.result()).await;
        let Err(RunError::Blocked { reason }) = result.expect("it does not hang") else {
            panic!("the run is not blocked");
        };
        assert!(
            reason.contains("step `charge` is called `bill` now"),
            "{reason}"
        );
        engine.shutdown(PATIENCE).await;
    }
}
