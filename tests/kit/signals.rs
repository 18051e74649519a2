//! Signals in a test: sent by it to a run, and by the kit in every world that crashes.

use insta::assert_snapshot;
use workflow_core::prelude::*;
use workflow_core::testing::{Calls, EventType, TestEngine};
use workflow_core::{RunError, RunStatus};

#[derive(Default)]
struct Desk {
    calls: Calls,
}

impl Desk {
    async fn book(&self, days: u32) -> Result<u32> {
        self.calls.record(format!("book {days}"));
        Ok(days)
    }
}

fn desk() -> TestEngine {
    let engine = TestEngine::with(|builder| builder.resource(Desk::default()));
    engine.observe(|desk: &Desk| desk.calls.clone())
}

#[workflow]
async fn vacation(days: u32, #[resource] desk: &Desk) -> Result<Vec<String>> {
    let lead: String = wait!("lead", signal = "approval", timeout = "3 days").await?;
    step!("book", desk.book(days)).await?;
    let boss: String = wait!("boss", signal = "approval").await?;
    sleep!("settle", "1 day").await;
    let () = wait!("go").await?;
    Ok(vec![lead, boss])
}

#[tokio::test]
async fn a_run_takes_what_the_test_sends() {
    let engine = desk();
    let run = engine.start(vacation, "one", 5).await;
    run.until_waiting().await;
    run.signal("approval", "ann").await;
    assert_eq!(run.story().await.completed_steps(), ["book"]);
    engine.crash().await;
    run.signal("go", ()).await;
    run.signal("approval", "bob").await;
    assert_eq!(run.status().await, RunStatus::Waiting);
    assert_eq!(run.result().await, Ok(vec!["ann".into(), "bob".into()]));
    assert_eq!(run.story().await.count(EventType::SignalReceived), 3);
}

#[tokio::test]
#[should_panic(expected = "it has ended, as failed, and takes none")]
async fn a_run_that_ended_takes_no_signal() {
    let engine = desk();
    let run = engine.start(vacation, "one", 5).await;
    assert!(matches!(run.result().await, Err(RunError::Failed(_))));
    run.signal("approval", "ann").await;
}

#[tokio::test]
async fn signals_are_sent_once_in_each_world_whatever_crashes() {
    // Sent twice, the first one would be taken for the second.
    let engine = desk().signal("approval", "ann").signal("go", ());
    let engine = engine.signal("approval", "bob");
    let report = engine.crash_everywhere(vacation, 5).await;
    assert_eq!(report.ending, r#"["ann","bob"]"#);
    assert!(report.crashes >= 16, "{report}");
}

#[tokio::test]
async fn a_signal_that_nobody_sends_is_named() {
    let failure = desk().signal("approval", "ann").signal("og", ());
    let failure = failure.try_crash_everywhere(vacation, 5).await;
    let failure = failure.expect_err("nobody sends the second approval");
    assert!(failure.boundary().is_none());
    assert_snapshot!(failure, @r#"
    `vacation` is not right even without a crash

    the run does not end: it waits for the signal `approval`, and nobody sends one; give it to the test engine: `.signal("approval", value)`, once for each wait

     1 workflow.started
     2 signal.awaited lead deadline=+3d signal=approval
     3 workflow.paused reason=signal resumeAt=+3d
     4 workflow.resumed cause=signal
     5 signal.received lead
     6 step.started book#1
     7 step.completed book#1
     8 signal.awaited boss signal=approval
     9 workflow.paused reason=signal

    likely cause: the workflow waits for something that nobody does in this test
    "#);
}

/// Which of the two takes which is open: `try_join!` polls them in turn.
#[workflow]
async fn both() -> Result<u32> {
    let (a, b): (u32, u32) = tokio::try_join!(wait!("a", signal = "n"), wait!("b", signal = "n"))?;
    Ok(a + b)
}

#[tokio::test]
async fn waits_side_by_side_are_answered_one_after_the_other() {
    let engine = TestEngine::new().signal("n", 1).signal("n", 20);
    let report = engine.crash_everywhere(both, ()).await;
    assert_eq!(report.ending, "21");
}

#[workflow]
async fn leaking(#[resource] desk: &Desk) -> Result<()> {
    let () = wait!("go").await?;
    desk.calls.record("mail");
    step!("book", desk.book(1)).await?;
    Ok(())
}

#[tokio::test]
async fn an_effect_between_a_wait_and_a_step_is_found() {
    let failure = desk().signal("go", ());
    let failure = failure.try_crash_everywhere(leaking, ()).await;
    let failure = failure.expect_err("the mail is sent again");
    let cause = "a side effect outside of every step";
    assert!(failure.likely_cause().contains(cause), "{failure}");
}

#[workflow]
async fn invoice(item: u64) -> Result<u64> {
    Ok(step!("print", async { Ok::<_, Error>(10 * item) }).await?)
}

#[workflow(part)]
async fn line(item: &u64) -> Result<u64> {
    let approval: u64 = wait!("approval").await?;
    Ok(approval + child!("invoice", invoice(*item)).await?)
}

#[workflow]
async fn order(items: Vec<u64>) -> Result<u64> {
    let mut sum = 0;
    for item in &items {
        sum += part!("line", key = item, line(item)).await?;
    }
    Ok(sum)
}

#[tokio::test]
async fn waits_and_children_inside_of_parts_survive_every_crash() {
    let engine = TestEngine::with(|builder| builder.workflow(invoice));
    let engine = engine.signal("approval", 1).signal("approval", 2);
    let report = engine.crash_everywhere(order, vec![3, 4]).await;
    assert_eq!(report.ending, "73");
}
