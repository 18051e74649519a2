//! Runs that fail, panic, or are cancelled.

use std::time::Duration;

use insta::assert_snapshot;
use serde::{Deserialize, Serialize};
use workflow_core::prelude::*;
use workflow_core::{Cancelled, ErrorKind, RunError};
use workflow_tests::story::Stage;

use super::run;

async fn fine() -> Result<u64> {
    Ok(1)
}

async fn fails(message: &str) -> Result<u64> {
    Err(Error::msg(message))
}

/// The message of a failed run.
fn message<T: std::fmt::Debug>(result: Result<T, RunError>) -> (ErrorKind, String) {
    match result {
        Err(RunError::Failed(error)) => (error.kind.expect("a kind"), error.message),
        other => panic!("the run did not fail: {other:?}"),
    }
}

#[workflow]
async fn failing() -> Result<u64> {
    step!("before", fine()).await?;
    Ok(step!("charge", fails("boom")).await?)
}

#[tokio::test]
async fn a_step_fails_without_retry() {
    let (result, story) = run(failing, ()).await;
    assert_eq!(message(result).0, ErrorKind::Error);
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started before#1
    3 step.completed before#1 durationMs=0 totalMs=0
    4 step.started charge#1
    5 step.failed charge#1 error=error(boom) willRetry=false
    6 workflow.failed completedSteps=[before] error=error(boom) at charge
    ");
}

#[workflow]
async fn fails_alone() -> Result<u64> {
    Err(Error::msg("not today"))
}

#[tokio::test]
async fn a_body_fails_without_steps() {
    let (_, story) = run(fails_alone, ()).await;
    assert_snapshot!(story, @r"
    1 workflow.started
    2 workflow.failed completedSteps=[] error=error(not today)
    ");
}

#[workflow]
async fn caught() -> Result<String> {
    match step!("charge", fails("boom")).await {
        Ok(_) => Ok("charged".to_owned()),
        Err(error) => {
            step!("refund", fine()).await?;
            Ok(format!("{} after {:?}", error.message(), error.attempts()))
        }
    }
}

#[tokio::test]
async fn a_body_catches_a_failed_step_and_goes_on() {
    let (result, story) = run(caught, ()).await;
    assert_eq!(result, Ok("boom after [\"boom\"]".to_owned()));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started charge#1
    3 step.failed charge#1 error=error(boom) willRetry=false
    4 step.started refund#1
    5 step.completed refund#1 durationMs=0 totalMs=0
    6 workflow.completed completedSteps=[refund] durationMs=0
    ");
}

async fn explodes() -> Result<u64> {
    panic!("kaboom {}", 7)
}

#[workflow]
async fn panicking_step() -> Result<u64> {
    Ok(step!("explode", explodes()).await?)
}

#[tokio::test]
async fn a_step_panics() {
    let (result, story) = run(panicking_step, ()).await;
    assert_eq!(message(result), (ErrorKind::Panic, "kaboom 7".to_owned()));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started explode#1
    3 step.failed explode#1 error=panic(kaboom 7) willRetry=false
    4 workflow.failed completedSteps=[] error=panic(kaboom 7) at explode
    ");
}

#[workflow]
async fn panicking_body(none: Option<u64>) -> Result<u64> {
    let one = step!("fine", fine()).await?;
    Ok(one + none.expect("there is a value"))
}

#[tokio::test]
async fn a_body_panics() {
    let (result, story) = run(panicking_body, None).await;
    assert_eq!(
        message(result),
        (ErrorKind::Panic, "there is a value".to_owned())
    );
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started fine#1
    3 step.completed fine#1 durationMs=0 totalMs=0
    4 workflow.failed completedSteps=[fine] error=panic(there is a value)
    ");
}

/// A type whose encoding does not decode.
#[derive(Debug, Serialize, Deserialize)]
struct Lossy {
    #[serde(skip_serializing)]
    value: u64,
}

#[workflow]
async fn lossy() -> Result<u64> {
    let lossy = step!("lossy", async { Ok::<_, Error>(Lossy { value: 1 }) }).await?;
    Ok(lossy.value)
}

#[tokio::test]
async fn a_value_that_does_not_decode_fails_the_step_at_once() {
    let (result, story) = run(lossy, ()).await;
    assert!(message(result).1.contains("Lossy"));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started lossy#1
    3 step.failed lossy#1 error=encoding(the recorded value does not decode as `stories::endings::Lossy`: missing field `value` at line 1 column 2) willRetry=false
    4 workflow.failed completedSteps=[] error=encoding(the recorded value does not decode as `stories::endings::Lossy`: missing field `value` at line 1 column 2) at lossy
    ");
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Declined {
    code: u16,
}

impl std::fmt::Display for Declined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "declined with {}", self.code)
    }
}

impl std::error::Error for Declined {}

#[workflow]
async fn typed_error() -> Result<u16> {
    let charge = step!("charge", async { Err::<u16, _>(Declined { code: 51 }) });
    let error = charge.await.expect_err("it is declined");
    Ok(error.data::<Declined>().expect("the error comes back").code)
}

#[tokio::test]
async fn a_typed_error_comes_back() {
    let (result, story) = run(typed_error, ()).await;
    assert_eq!(result, Ok(51));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started charge#1
    3 step.failed charge#1 error=error(declined with 51) willRetry=false
    4 workflow.completed completedSteps=[] durationMs=0
    ");
}

#[workflow]
async fn long() -> Result<u64> {
    step!("before", fine()).await?;
    sleep!("month", "30 days").await;
    Ok(step!("after", fine()).await?)
}

#[tokio::test]
async fn a_sleeping_run_is_cancelled() {
    let stage = Stage::manual();
    let engine = stage
        .builder()
        .workflow(long)
        .start()
        .await
        .expect("it starts");
    let run = engine.start(long, "one", ()).await.expect("it starts");
    stage.wait_for("workflow.paused");
    let answer = engine.cancel(run.id(), "too expensive".to_owned()).await;
    assert_eq!(answer, Ok(Cancelled::Accepted));
    let reason = Some("too expensive".to_owned());
    assert_eq!(run.result().await, Err(RunError::Cancelled { reason }));
    assert_snapshot!(stage.told(engine).await, @r"
    1 workflow.started
    2 step.started before#1
    3 step.completed before#1 durationMs=0 totalMs=0
    4 sleep.started month durationMs=2592000000 resumeAt=+2592000000ms
    5 workflow.paused reason=sleep resumeAt=+2592000000ms
    6 workflow.cancelled completedSteps=[before] reason=too expensive
    ");
}

async fn hangs() -> Result<u64> {
    std::future::pending().await
}

#[workflow]
async fn hanging() -> Result<u64> {
    step!("before", fine()).await?;
    match step!("hang", hangs()).await {
        Ok(value) => Ok(value),
        // A cancel is not an error of the step: nothing here can swallow it.
        Err(_) => Ok(0),
    }
}

#[tokio::test]
async fn a_running_step_is_cancelled_and_the_body_cannot_swallow_it() {
    let stage = Stage::manual();
    let engine = stage
        .builder()
        .workflow(hanging)
        .start()
        .await
        .expect("it starts");
    let run = engine.start(hanging, "one", ()).await.expect("it starts");
    stage.endpoint.wait_for("the hanging step", |seen| {
        seen.acknowledged()
            .flat_map(|request| &request.events)
            .any(|event| event.bytes.contains("\"hang\""))
    });
    assert_eq!(engine.cancel(run.id(), None).await, Ok(Cancelled::Accepted));
    assert_eq!(
        run.result().await,
        Err(RunError::Cancelled { reason: None })
    );
    assert_snapshot!(stage.told(engine).await, @r"
    1 workflow.started
    2 step.started before#1
    3 step.completed before#1 durationMs=0 totalMs=0
    4 step.started hang#1
    5 workflow.cancelled completedSteps=[before]
    ");
}

#[tokio::test]
async fn a_delayed_run_is_cancelled_before_it_starts() {
    let stage = Stage::manual();
    let engine = stage
        .builder()
        .workflow(long)
        .start()
        .await
        .expect("it starts");
    let start = engine.start(long, "one", ()).after(Duration::from_secs(60));
    let run = start.await.expect("it is queued");
    assert_eq!(engine.cancel(run.id(), None).await, Ok(Cancelled::Accepted));
    assert_eq!(
        run.result().await,
        Err(RunError::Cancelled { reason: None })
    );
    assert_snapshot!(stage.told(engine).await, @r"
    1 workflow.queued startAt=+60000ms
    2 workflow.cancelled completedSteps=[]
    ");
}
