//! A user's test file: a workflow with a month in it, its fake, and what is worth testing.
//!
//! In a project the workflow lies in `src/`; here it stands above its tests. What each of the
//! tools shows, and what it cannot show, is told in `docs/testing.md`.

use std::collections::BTreeMap;
use std::sync::Mutex;

use insta::assert_snapshot;
use workflow_core::prelude::*;
use workflow_core::testing::{Calls, EventType, TestEngine};
use workflow_core::{Cancelled, RunError, RunStatus, idempotency_key};

/// A trial month, and the first bill after it.
#[workflow]
async fn subscription(plan: String, #[resource] shop: &FakeShop) -> Result<u32> {
    step!("welcome", shop.mail("welcome")).await?;
    sleep!("trial", "30 days").await;
    let retry = Retry::exponential("1h").times(3);
    let cents = step!("charge", retry = retry, shop.charge(&plan)).await?;
    step!("thank", shop.mail("thank you")).await?;
    Ok(cents)
}

/// A shop in memory that keeps what it was asked. In a project the workflow borrows a trait
/// object, or a client whose address a test sets.
#[derive(Default)]
struct FakeShop {
    mails: Calls,
    /// What was charged, by idempotency key, as a bank keeps it.
    charges: Mutex<BTreeMap<String, u32>>,
    /// How many attempts to charge are refused before one is taken.
    refusals: Mutex<u32>,
}

#[expect(clippy::unused_async, reason = "a fake has nothing to wait for")]
impl FakeShop {
    async fn mail(&self, text: &str) -> Result<()> {
        self.mails.record(text);
        Ok(())
    }

    async fn charge(&self, plan: &str) -> Result<u32> {
        let mut refusals = self.refusals.lock().expect("no fake panics");
        if *refusals > 0 {
            *refusals -= 1;
            return Err(Error::msg("the bank is closed"));
        }
        let cents = if plan == "basic" { 990 } else { 1990 };
        let mut charges = self.charges.lock().expect("no fake panics");
        charges.insert(idempotency_key(), cents);
        Ok(cents)
    }
}

/// An engine whose shop refuses so many charges.
fn engine(refusals: u32) -> TestEngine {
    TestEngine::with(move |builder| {
        builder.resource(FakeShop {
            refusals: Mutex::new(refusals),
            ..FakeShop::default()
        })
    })
}

#[tokio::test]
async fn the_first_bill_comes_after_a_month() {
    let engine = engine(0);
    let run = engine.start(subscription, "ada", "basic".into()).await;

    run.until_waiting().await;
    engine.advance("29 days").await;
    assert_eq!(run.story().await.attempts_of("charge"), 0);

    engine.advance("1 day").await;
    assert_eq!(run.status().await, RunStatus::Completed);
    assert_eq!(run.result().await, Ok(990));
}

#[tokio::test]
async fn a_closed_bank_is_asked_again_after_one_and_two_hours() {
    let run = engine(2).start(subscription, "ada", "basic".into()).await;
    assert_eq!(run.result().await, Ok(990));
    // Time jumps to whatever is due next, so this has taken milliseconds.
    assert_snapshot!(run.story().await, @r#"
     1 workflow.started
     2 step.started welcome#1
     3 step.completed welcome#1
     4 sleep.started trial duration=30d resumeAt=+30d
     5 workflow.paused reason=sleep resumeAt=+30d
     6 workflow.resumed cause=sleep
     7 sleep.completed trial duration=30d
     8 step.started charge#1
     9 step.failed charge#1 error="the bank is closed" willRetry=true
    10 retry.scheduled charge#1 delay=1h nextAttemptAt=+30d 1h
    11 workflow.paused charge reason=retry resumeAt=+30d 1h
    12 workflow.resumed cause=retry
    13 step.started charge#2
    14 step.failed charge#2 error="the bank is closed" willRetry=true
    15 retry.scheduled charge#2 delay=2h nextAttemptAt=+30d 3h
    16 workflow.paused charge reason=retry resumeAt=+30d 3h
    17 workflow.resumed cause=retry
    18 step.started charge#3
    19 step.completed charge#3
    20 step.started thank#1
    21 step.completed thank#1
    22 workflow.completed completedSteps=[welcome, charge, thank] duration=30d 3h
    "#);
}

#[tokio::test]
async fn whoever_cancels_in_the_trial_month_is_not_charged() {
    let engine = engine(0);
    let run = engine.start(subscription, "ada", "basic".into()).await;
    run.until(EventType::SleepStarted).await;
    let reason = Some("not for me".to_owned());
    assert_eq!(run.cancel(reason.clone()).await, Cancelled::Accepted);
    assert_eq!(run.result().await, Err(RunError::Cancelled { reason }));
    assert_eq!(run.story().await.completed_steps(), ["welcome"]);
}

#[tokio::test]
async fn a_deploy_and_a_crash_in_the_trial_month_change_nothing() {
    let engine = engine(0);
    let run = engine.start(subscription, "ada", "basic".into()).await;
    run.until_waiting().await;
    engine.restart().await;
    engine.advance("10 days").await;
    engine.crash().await;
    assert_eq!(run.result().await, Ok(990));
    assert_eq!(run.story().await.attempts_of("welcome"), 1);
}

/// The process dies on each side of each commit; the result, the log, the mails and the charges
/// are those of a run without a crash.
#[tokio::test]
async fn no_crash_shows() {
    let engine = engine(1)
        .observe(|shop: &FakeShop| shop.mails.clone())
        .observe(|shop: &FakeShop| shop.charges.lock().expect("no fake panics").len());
    let report = engine.crash_everywhere(subscription, "basic".into()).await;
    assert!(report.crashes >= 12, "{report}");
}

/// A run that was exported from production, by `engine.export(run)`. If today's code no longer
/// fits it, runs like it would be blocked by the next deploy; the message says where and why.
#[test]
fn runs_in_flight_fit_this_code() {
    let asleep = include_str!("runs/subscription.jsonl");
    let replayed = engine(0).verify_replay(asleep, subscription);
    assert_eq!(replayed.expect("runs in flight go on").events, 5);
}
