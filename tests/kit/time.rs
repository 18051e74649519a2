//! Time in a test engine: it stands still, is moved, or jumps.

use std::time::{Duration, Instant};

use insta::assert_snapshot;
use workflow_core::prelude::*;
use workflow_core::testing::{Calls, EventType, TestEngine};
use workflow_core::{Cancelled, RunError, RunStatus, StartError};

async fn fine(value: u64) -> Result<u64> {
    Ok(value)
}

#[workflow]
async fn month(value: u64) -> Result<u64> {
    let value = step!("before", fine(value)).await?;
    sleep!("month", "30 days").await;
    Ok(step!("after", fine(value + 1)).await?)
}

#[tokio::test]
async fn a_month_passes_in_milliseconds() {
    let began = Instant::now();
    let engine = TestEngine::new();
    let run = engine.start(month, "one", 1).await;
    assert_eq!(run.result().await, Ok(2));
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_snapshot!(run.story().await, @r"
     1 workflow.started
     2 step.started before#1
     3 step.completed before#1
     4 sleep.started month duration=30d resumeAt=+30d
     5 workflow.paused reason=sleep resumeAt=+30d
     6 workflow.resumed cause=sleep
     7 sleep.completed month duration=30d
     8 step.started after#1
     9 step.completed after#1
    10 workflow.completed completedSteps=[before, after] duration=30d
    ");
}

#[tokio::test]
async fn time_stands_still_until_it_is_moved() {
    let engine = TestEngine::new();
    let run = engine.start(month, "one", 1).await;
    run.until_waiting().await;
    engine.advance("29 days 23h").await;
    assert_eq!(run.status().await, RunStatus::Waiting);
    engine.advance("1h").await;
    assert_eq!(run.status().await, RunStatus::Completed);
}

#[workflow]
async fn hourly(times: u32) -> Result<u32> {
    let mut done = 0;
    while done < times {
        sleep!("hour", "1h").await;
        done = step!("work", async { Ok::<_, Error>(done + 1) }).await?;
    }
    Ok(done)
}

#[tokio::test]
async fn what_is_due_on_the_way_happens_at_its_instant() {
    let engine = TestEngine::new();
    let run = engine.start(hourly, "one", 3).await;
    engine.advance("2h 30m").await;
    let story = run.story().await;
    assert_eq!(story.attempts_of("work"), 2);
    let worked = story
        .events()
        .iter()
        .rfind(|event| event.event.event_type() == EventType::StepCompleted);
    let worked = worked.expect("it worked").occurred_at;
    assert_eq!(
        engine.now().await.since(worked),
        Duration::from_secs(30 * 60)
    );
    assert_eq!(run.result().await, Ok(3));
}

#[tokio::test]
async fn two_executions_of_a_test_have_the_same_ids_and_times() {
    let told = async |seed| {
        let engine = TestEngine::new().seed(seed);
        let run = engine.start(month, "one", 1).await;
        run.result().await.expect("it completes");
        (run.id(), run.story().await)
    };
    let once = told(1).await;
    assert_eq!(once, told(1).await);
    assert_ne!(once.0, told(2).await.0);
}

#[tokio::test]
async fn restarts_and_crashes_are_survived() {
    let engine = TestEngine::new();
    let run = engine.start(month, "one", 1).await;
    run.until_waiting().await;
    engine.restart().await;
    engine.advance("10 days").await;
    engine.crash().await;
    engine.advance("10 days").await;
    assert_eq!(run.status().await, RunStatus::Waiting);
    assert_eq!(run.result().await, Ok(2));
    assert_eq!(run.story().await.attempts_of("before"), 1);
}

async fn hang() -> Result<()> {
    std::future::pending().await
}

#[workflow]
async fn hanging() -> Result<()> {
    step!(
        "hang",
        retry = Retry::constant("1s").times(1),
        timeout = "30s",
        hang()
    )
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_step_that_hangs_comes_to_its_time_limit() {
    let engine = TestEngine::new().hangs_after("10ms");
    let run = engine.start(hanging, "one", ()).await;
    let Err(RunError::Failed(error)) = run.result().await else {
        panic!("it does not fail");
    };
    assert_eq!(error.step_name.as_deref(), Some("hang"));
    assert_snapshot!(run.story().await, @r#"
     1 workflow.started
     2 step.started hang#1
     3 timeout.set hang#1 deadline=+30s timeout=30s
     4 timeout.exceeded hang#1 timeout=30s
     5 step.failed hang#1 error=timeout: "attempt of step `hang` took longer than 30s" willRetry=true
     6 retry.scheduled hang#1 delay=1s nextAttemptAt=+31s
     7 workflow.paused hang reason=retry resumeAt=+31s
     8 workflow.resumed cause=retry
     9 step.started hang#2
    10 timeout.set hang#2 deadline=+1m 1s timeout=30s
    11 timeout.exceeded hang#2 timeout=30s
    12 step.failed hang#2 error=timeout: "attempt of step `hang` took longer than 30s" willRetry=false
    13 retry.exhausted hang attempts=2
    14 workflow.failed completedSteps=[] error=timeout: "attempt of step `hang` took longer than 30s" at hang
    "#);
}

#[tokio::test]
async fn a_step_that_executes_can_be_cancelled() {
    let engine = TestEngine::new();
    let run = engine.start(hanging, "one", ()).await;
    run.until(EventType::StepStarted).await;
    assert_eq!(run.cancel("enough".to_owned()).await, Cancelled::Accepted);
    let reason = Some("enough".to_owned());
    assert_eq!(run.result().await, Err(RunError::Cancelled { reason }));
}

#[workflow]
async fn knocking(#[resource] door: &Door) -> Result<()> {
    step!("knock", door.knock()).await?;
    Ok(())
}

#[derive(Default)]
struct Door {
    calls: Calls,
}

impl Door {
    async fn knock(&self) -> Result<()> {
        self.calls.record("knock");
        tokio::time::sleep(Duration::from_millis(5)).await;
        Ok(())
    }
}

#[tokio::test]
async fn time_waits_for_steps_that_take_their_time() {
    let engine = TestEngine::with(|builder| builder.resource(Door::default()));
    let run = engine.start(knocking, "one", ()).await;
    let before = engine.now().await;
    assert_eq!(run.result().await, Ok(()));
    assert_eq!(engine.now().await, before);
}

#[tokio::test]
async fn a_workflow_that_nobody_named_is_refused() {
    let engine = TestEngine::new();
    engine.start(month, "one", 1).await;
    let other = engine.try_start(hourly, "two", 1).await;
    assert!(matches!(other, Err(StartError::NotRegistered { workflow }) if workflow == "hourly"));
}

#[tokio::test]
#[should_panic(expected = "the run is completed and does not wait")]
async fn a_run_that_does_not_wait_is_told_with_its_story() {
    let engine = TestEngine::with(|builder| builder.resource(Door::default()));
    let run = engine.start(knocking, "one", ()).await;
    run.until_waiting().await;
}

#[tokio::test]
#[should_panic(expected = "the run comes to no retry.scheduled; nothing happens any more")]
async fn an_event_that_does_not_come_is_told_with_the_story() {
    let engine = TestEngine::new();
    let run = engine.start(month, "one", 1).await;
    run.until(EventType::RetryScheduled).await;
}

#[tokio::test]
#[should_panic(expected = "sleep.started month duration=30d resumeAt=+30d")]
async fn another_story_is_shown_beside_the_expected_one() {
    let engine = TestEngine::new();
    let run = engine.start(month, "one", 1).await;
    run.until_waiting().await;
    run.story().await.assert_is("1 workflow.started");
}
