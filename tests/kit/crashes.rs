//! Crashes at every commit: what they do not show, and what they do.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use insta::assert_snapshot;
use workflow_core::idempotency_key;
use workflow_core::prelude::*;
use workflow_core::testing::{Calls, TestEngine};

#[derive(Default)]
struct FakeShop {
    calls: Calls,
    /// The idempotency keys of what was charged.
    charged: Mutex<BTreeSet<String>>,
    /// How often anything was asked.
    asked: AtomicU32,
}

impl FakeShop {
    async fn charge(&self, order: &str) -> Result<String> {
        self.calls.record(format!("charge {order}"));
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut charged = self.charged.lock().expect("nobody panics");
        charged.insert(idempotency_key());
        Ok(format!("payment of {order}"))
    }

    async fn ship(&self, item: &str) -> Result<String> {
        self.calls.record(format!("ship {item}"));
        Ok(format!("parcel with {item}"))
    }

    fn mail(&self, order: &str) {
        self.calls.record(format!("mail about {order}"));
    }
}

fn shop() -> TestEngine {
    let engine = TestEngine::with(|builder| builder.resource(FakeShop::default()));
    engine.observe(|shop: &FakeShop| shop.calls.clone())
}

#[workflow]
async fn checkout(order: String, #[resource] shop: &FakeShop) -> Result<Vec<String>> {
    let payment = step!("charge", shop.charge(&order)).await?;
    sleep!("settle", "1 day").await;
    let (cup, tea) = tokio::try_join!(
        step!("ship-cup", shop.ship("cup")),
        step!("ship-tea", shop.ship("tea")),
    )?;
    Ok(vec![payment, cup, tea])
}

#[tokio::test]
async fn a_crash_at_any_commit_of_a_sound_workflow_does_not_show() {
    let report = shop().crash_everywhere(checkout, "lamp".into()).await;
    let ending = r#"["payment of lamp","parcel with cup","parcel with tea"]"#;
    assert_eq!(report.ending, ending);
    assert!(report.commits >= 4, "{report}");
    assert_eq!(
        report.crashes,
        2 * usize::try_from(report.commits).expect("few")
    );
}

/// As `checkout`, but the mail is sent between the steps.
#[workflow]
async fn careless(order: String, #[resource] shop: &FakeShop) -> Result<String> {
    let payment = step!("charge", shop.charge(&order)).await?;
    shop.mail(&order);
    step!("ship", shop.ship(&order)).await?;
    Ok(payment)
}

#[tokio::test]
async fn a_side_effect_outside_of_a_step_is_found_and_named() {
    let failure = shop().try_crash_everywhere(careless, "lamp".into()).await;
    let failure = failure.expect_err("the mail is sent again");
    assert_snapshot!(failure, @r#"
    a crash of `careless` shows: the process died before commit 2 of 3

    the world outside is another one
      without a crash  ["charge lamp" in step `charge`; "mail about lamp" outside of every step; "ship lamp" in step `ship`]
      with the crash   ["charge lamp" in step `charge`; "mail about lamp" 2 times, outside of every step; "ship lamp" in step `ship`]

      without a crash                                    with the crash
      workflow.started                                   workflow.started
      step.started charge#1                              step.started charge#1
      step.completed charge#1                          |
                                                       | -- the process dies --
                                                       | workflow.resumed cause=crash
                                                       | step.started charge#2
                                                       | step.completed charge#2
      step.started ship#1                                step.started ship#1
      step.completed ship#1                              step.completed ship#1
      workflow.completed completedSteps=[charge, ship]   workflow.completed completedSteps=[charge, ship]

    likely cause: a side effect outside of every step: the code between the operations runs again with every replay; put the call into a `step!`
    "#);
}

#[tokio::test]
#[should_panic(expected = "a side effect outside of every step")]
async fn crash_everywhere_panics_with_the_whole_message() {
    shop().crash_everywhere(careless, "lamp".into()).await;
}

/// Goes by a number that changes with each execution.
#[workflow]
async fn wavering(#[resource] shop: &FakeShop) -> Result<String> {
    if shop.asked.fetch_add(1, Ordering::Relaxed) == 0 {
        step!("first", shop.ship("first")).await?;
    } else {
        step!("later", shop.ship("later")).await?;
    }
    Ok(step!("last", shop.ship("last")).await?)
}

#[tokio::test]
async fn a_path_that_depends_on_a_resource_is_found() {
    let engine = TestEngine::with(|builder| builder.resource(FakeShop::default()));
    let failure = engine.try_crash_everywhere(wavering, ()).await;
    let failure = failure.expect_err("the second process takes another path");
    let message = failure.to_string();
    assert!(
        message.contains("the process died after commit 2 of 3"),
        "{message}"
    );
    assert!(
        message.contains("the log goes on with step `first`"),
        "{message}"
    );
    assert!(
        message.contains("the code asks for step `later`"),
        "{message}"
    );
    assert!(!message.contains("was probably changed"), "{message}");
    let cause = "the code took another path when it was replayed";
    assert!(failure.likely_cause().contains(cause), "{message}");
}

/// Returns what is no input and no recorded result.
#[workflow]
async fn leaking(#[resource] shop: &FakeShop) -> Result<u32> {
    shop.asked.fetch_add(1, Ordering::Relaxed);
    step!("ship", shop.ship("lamp")).await?;
    Ok(shop.asked.load(Ordering::Relaxed))
}

#[tokio::test]
async fn a_result_that_depends_on_how_often_the_code_ran_is_found() {
    let engine = TestEngine::with(|builder| builder.resource(FakeShop::default()));
    let failure = engine.try_crash_everywhere(leaking, ()).await;
    let failure = failure.expect_err("the code runs again");
    let message = failure.to_string();
    assert!(
        message.contains("without a crash  1\n  with the crash   2"),
        "{message}"
    );
}

#[tokio::test]
async fn an_effect_that_is_done_twice_is_found_and_one_with_a_key_is_not() {
    let engine = || TestEngine::with(|builder| builder.resource(FakeShop::default()));
    let asked = engine().observe(|shop: &FakeShop| shop.asked.load(Ordering::Relaxed));
    let failure = asked.try_crash_everywhere(checkout, "lamp".into()).await;
    let failure = failure.expect_err("the step runs again");
    assert!(
        failure.likely_cause().contains("idempotency_key()"),
        "{failure}"
    );
    let boundary = failure.boundary().expect("it takes a crash");
    assert_eq!((boundary.commit(), boundary.is_after()), (2, false));

    let keys = engine().observe(|shop: &FakeShop| shop.charged.lock().map(|keys| keys.len()).ok());
    keys.crash_everywhere(checkout, "lamp".into()).await;
}

#[workflow]
async fn failing(#[resource] shop: &FakeShop) -> Result<()> {
    let retry = Retry::exponential("1 min").times(3);
    step!("charge", retry = retry, shop.decline()).await?;
    Ok(())
}

impl FakeShop {
    async fn decline(&self) -> Result<()> {
        Err(Error::msg("declined"))
    }
}

#[tokio::test]
async fn a_run_that_fails_fails_in_the_same_way_after_every_crash() {
    let report = shop().crash_everywhere(failing, ()).await;
    assert_eq!(report.ending, "error: declined");
    assert!(report.crashes > 10, "{report}");
}
