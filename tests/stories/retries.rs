//! Steps that are tried again, and attempts that take too long.

use std::sync::atomic::{AtomicU32, Ordering};

use insta::assert_snapshot;
use workflow_core::prelude::*;

use super::{run, run_with};

/// A service that is down for its first calls.
#[derive(Default)]
struct Flaky {
    calls: AtomicU32,
}

impl Flaky {
    async fn call(&self, failures: u32) -> Result<u32> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        if call <= failures {
            return Err(Error::msg(format!("down {call}")));
        }
        Ok(call)
    }
}

#[workflow]
async fn retried(failures: u32, #[resource] flaky: &Flaky) -> Result<u32> {
    Ok(step!(
        "call",
        retry = Retry::exponential("1s").times(5),
        flaky.call(failures)
    )
    .await?)
}

#[tokio::test]
async fn a_step_fails_twice_and_succeeds() {
    let (result, story) = run_with(|builder| builder.resource(Flaky::default()), retried, 2).await;
    assert_eq!(result, Ok(3));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started call#1
    3 step.failed call#1 error=error(down 1) willRetry=true
    4 retry.scheduled call#1 delayMs=1000 nextAttemptAt=+1000ms
    5 workflow.paused call reason=retry resumeAt=+1000ms
    6 workflow.resumed cause=retry
    7 step.started call#2
    8 step.failed call#2 error=error(down 2) willRetry=true
    9 retry.scheduled call#2 delayMs=2000 nextAttemptAt=+3000ms
    10 workflow.paused call reason=retry resumeAt=+3000ms
    11 workflow.resumed cause=retry
    12 step.started call#3
    13 step.completed call#3 durationMs=0 totalMs=3000
    14 workflow.completed completedSteps=[call] durationMs=3000
    ");
}

#[workflow]
async fn twice(#[resource] flaky: &Flaky) -> Result<Vec<String>> {
    let call = step!(
        "call",
        retry = Retry::constant("2s").times(2),
        flaky.call(99)
    );
    let error = call.await.expect_err("it is down");
    Ok(error.attempts().to_vec())
}

#[tokio::test]
async fn retries_are_exhausted_and_every_message_is_kept() {
    let (result, story) = run_with(|builder| builder.resource(Flaky::default()), twice, ()).await;
    assert_eq!(
        result,
        Ok(["down 1", "down 2", "down 3"].map(str::to_owned).to_vec())
    );
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started call#1
    3 step.failed call#1 error=error(down 1) willRetry=true
    4 retry.scheduled call#1 delayMs=2000 nextAttemptAt=+2000ms
    5 workflow.paused call reason=retry resumeAt=+2000ms
    6 workflow.resumed cause=retry
    7 step.started call#2
    8 step.failed call#2 error=error(down 2) willRetry=true
    9 retry.scheduled call#2 delayMs=2000 nextAttemptAt=+4000ms
    10 workflow.paused call reason=retry resumeAt=+4000ms
    11 workflow.resumed cause=retry
    12 step.started call#3
    13 step.failed call#3 error=error(down 3) willRetry=false
    14 retry.exhausted call attempts=3
    15 workflow.completed completedSteps=[] durationMs=4000
    ");
}

#[workflow]
async fn none(#[resource] flaky: &Flaky) -> Result<u32> {
    Ok(step!("call", retry = Retry::simple().times(0), flaky.call(1)).await?)
}

#[tokio::test]
async fn no_retries_is_one_execution() {
    let (_, story) = run_with(|builder| builder.resource(Flaky::default()), none, ()).await;
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started call#1
    3 step.failed call#1 error=error(down 1) willRetry=false
    4 workflow.failed completedSteps=[] error=error(down 1) at call
    ");
}

#[workflow]
async fn refused(#[resource] flaky: &Flaky) -> Result<u32> {
    let call = step!(
        "call",
        retry = Retry::simple(),
        retry_if = |error| !error.to_string().contains("down"),
        flaky.call(9)
    );
    Ok(call.await?)
}

#[tokio::test]
async fn retry_if_says_no() {
    let (_, story) = run_with(|builder| builder.resource(Flaky::default()), refused, ()).await;
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started call#1
    3 step.failed call#1 error=error(down 1) willRetry=false
    4 workflow.failed completedSteps=[] error=error(down 1) at call
    ");
}

#[workflow]
async fn budgeted(#[resource] flaky: &Flaky) -> Result<u32> {
    let retry = Retry::constant("10s").times(100).within("25s");
    Ok(step!("call", retry = retry, flaky.call(99)).await?)
}

#[tokio::test]
async fn a_budget_ends_retries_before_the_attempt_that_would_start_past_it() {
    let (_, story) = run_with(|builder| builder.resource(Flaky::default()), budgeted, ()).await;
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started call#1
    3 step.failed call#1 error=error(down 1) willRetry=true
    4 retry.scheduled call#1 delayMs=10000 nextAttemptAt=+10000ms
    5 workflow.paused call reason=retry resumeAt=+10000ms
    6 workflow.resumed cause=retry
    7 step.started call#2
    8 step.failed call#2 error=error(down 2) willRetry=true
    9 retry.scheduled call#2 delayMs=10000 nextAttemptAt=+20000ms
    10 workflow.paused call reason=retry resumeAt=+20000ms
    11 workflow.resumed cause=retry
    12 step.started call#3
    13 step.failed call#3 error=error(down 3) willRetry=false
    14 retry.exhausted call attempts=3
    15 workflow.failed completedSteps=[] error=error(down 3) at call
    ");
}

async fn hangs() -> Result<u32> {
    std::future::pending().await
}

#[workflow]
async fn timed_out() -> Result<u32> {
    let retry = Retry::constant("1s").times(1);
    Ok(step!("slow", retry = retry, timeout = "30s", hangs()).await?)
}

#[tokio::test]
async fn every_attempt_has_its_full_time() {
    let (_, story) = run(timed_out, ()).await;
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started slow#1
    3 timeout.set slow#1 deadline=+30000ms timeoutMs=30000
    4 timeout.exceeded slow#1 timeoutMs=30000
    5 step.failed slow#1 error=timeout(attempt of step `slow` took longer than 30s) willRetry=true
    6 retry.scheduled slow#1 delayMs=1000 nextAttemptAt=+31000ms
    7 workflow.paused slow reason=retry resumeAt=+31000ms
    8 workflow.resumed cause=retry
    9 step.started slow#2
    10 timeout.set slow#2 deadline=+61000ms timeoutMs=30000
    11 timeout.exceeded slow#2 timeoutMs=30000
    12 step.failed slow#2 error=timeout(attempt of step `slow` took longer than 30s) willRetry=false
    13 retry.exhausted slow attempts=2
    14 workflow.failed completedSteps=[] error=timeout(attempt of step `slow` took longer than 30s) at slow
    ");
}
