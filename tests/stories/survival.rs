//! What outlives a crash: results, errors, instants, counts.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use workflow_core::prelude::*;
use workflow_core::testing::{Calls, EventType, TestEngine, verify_replay};
use workflow_core::{RunQuery, RunStatus, idempotency_key};

async fn fine(value: u64) -> Result<u64> {
    Ok(value)
}

/// Operations in every kind of place, over locals that they borrow.
#[workflow]
async fn everywhere(items: Vec<u64>) -> Result<(u64, String)> {
    let total: u64 = items.iter().sum();
    let mut sum = if total > 3 {
        step!("large", fine(total)).await?
    } else {
        step!("small", fine(0)).await?
    };
    for item in &items {
        sum += match item % 3 {
            0 => step!("even", key = item, fine(*item)).await?,
            1 => {
                sleep!("pause", key = item, "1 min").await;
                item + step!("odd", key = item, fine(10)).await?
            }
            _ => 0,
        };
    }
    let mut turns = 0;
    let label = loop {
        turns = step!("turn", fine(turns + 1)).await?;
        if turns == 2 {
            break format!("after {turns}");
        }
    };
    let all = items
        .iter()
        .map(|item| step!("all", key = item, fine(*item)));
    for value in join_all(all).await {
        sum += value?;
    }
    let (a, b) = tokio::try_join!(step!("a", fine(sum)), step!("b", fine(1)))?;
    Ok((a + b, label))
}

#[tokio::test]
async fn operations_stand_wherever_expressions_do_and_survive_every_crash() {
    let engine = TestEngine::new();
    let report = engine.crash_everywhere(everywhere, vec![1, 2, 3]).await;
    assert_eq!(report.ending, r#"[27,"after 2"]"#);
    assert!(report.crashes >= 18, "{report}");
}

#[workflow]
async fn forgiving() -> Result<String> {
    let failed = step!("fails", async { Err::<(), _>(Error::msg("boom")) }).await;
    sleep!("nap", "1 day").await;
    step!("after", fine(1)).await?;
    Ok(format!("{failed:?}"))
}

#[tokio::test]
async fn a_step_that_failed_stays_failed_with_an_equal_error() {
    let engine = TestEngine::new();
    let one = engine.start(forgiving, "one", ()).await;
    let first = one.result().await.expect("it completes");
    assert!(first.contains("boom"), "{first}");
    let two = engine.start(forgiving, "two", ()).await;
    two.until_waiting().await;
    engine.crash().await;
    assert_eq!(two.result().await, Ok(first));
    assert_eq!(two.story().await.attempts_of("fails"), 1);
}

/// How a test steers its steps from outside.
#[derive(Default)]
struct Steps {
    calls: Calls,
    executed: AtomicU32,
    keys: Mutex<Vec<String>>,
}

impl Steps {
    /// Counts its executions; every one fails but the last, and one hangs.
    async fn attempt(&self, hangs: u32, succeeds: u32) -> Result<u32> {
        self.keys
            .lock()
            .expect("nobody panics")
            .push(idempotency_key());
        let execution = self.executed.fetch_add(1, Ordering::Relaxed) + 1;
        if execution == hangs {
            std::future::pending::<()>().await;
        }
        if execution < succeeds {
            return Err(Error::msg(format!("down {execution}")));
        }
        Ok(execution)
    }

    async fn call(&self, what: &str) -> Result<()> {
        self.calls.record(what);
        Ok(())
    }

    async fn hang_once(&self) -> Result<()> {
        self.calls.record("slow");
        if self.executed.fetch_add(1, Ordering::Relaxed) == 0 {
            std::future::pending::<()>().await;
        }
        Ok(())
    }
}

fn steps() -> TestEngine {
    TestEngine::with(|builder| builder.resource(Steps::default()))
}

#[workflow]
async fn both(#[resource] steps: &Steps) -> Result<()> {
    tokio::try_join!(
        step!("quick", steps.call("quick")),
        step!("slow", steps.hang_once())
    )?;
    Ok(())
}

#[tokio::test]
async fn a_crash_runs_only_the_branch_again_that_had_not_ended() {
    let engine = steps();
    let run = engine.start(both, "one", ()).await;
    run.until(EventType::StepCompleted).await;
    engine.crash().await;
    assert_eq!(run.result().await, Ok(()));
    let story = run.story().await;
    assert_eq!(
        (story.attempts_of("quick"), story.attempts_of("slow")),
        (1, 2)
    );
}

#[workflow]
async fn retried((hangs, succeeds): (u32, u32), #[resource] steps: &Steps) -> Result<u32> {
    let retry = Retry::constant("1h").times(2);
    Ok(step!("try", retry = retry, steps.attempt(hangs, succeeds)).await?)
}

#[tokio::test]
async fn the_instant_of_a_retry_survives_a_crash() {
    let engine = steps();
    let run = engine.start(retried, "one", (0, 2)).await;
    run.until_waiting().await;
    engine.advance("40 min").await;
    engine.crash().await;
    engine.advance("19 min").await;
    assert_eq!(run.status().await, RunStatus::Waiting);
    assert_eq!(run.story().await.attempts_of("try"), 1);
    engine.advance("1 min").await;
    assert_eq!(run.result().await, Ok(2));
}

#[tokio::test]
async fn an_interrupted_attempt_does_not_use_up_a_retry() {
    let engine = steps();
    // Executions 1 and 3 fail, 2 is interrupted, and 4 is the second retry.
    let run = engine.start(retried, "one", (2, 4)).await;
    run.until_waiting().await;
    engine.advance("1h").await;
    assert_eq!(run.story().await.attempts_of("try"), 2);
    engine.crash().await;
    assert_eq!(run.result().await, Ok(4));
    let story = run.story().await;
    assert_eq!(story.attempts_of("try"), 4);
    assert_eq!(story.count(EventType::RetryExhausted), 0);
}

#[workflow]
async fn keyed(#[resource] steps: &Steps) -> Result<Vec<String>> {
    let retry = || Retry::constant("1s").times(2);
    let mut keys = Vec::new();
    step!("first", retry = retry(), steps.attempt(0, 3)).await?;
    for item in ["a", "b"] {
        keys.push(
            step!("item", key = item, async {
                Ok::<_, Error>(idempotency_key())
            })
            .await?,
        );
    }
    while keys.len() < 4 {
        keys.push(step!("again", async { Ok::<_, Error>(idempotency_key()) }).await?);
    }
    let tried = steps.keys.lock().expect("nobody panics").clone();
    keys.extend(tried);
    Ok(keys)
}

#[tokio::test]
async fn an_idempotency_key_is_the_same_for_all_attempts_and_unique_among_steps() {
    let engine = steps();
    let run = engine.start(keyed, "one", ()).await;
    let keys = run.result().await.expect("it completes");
    let id = run.id();
    let key = |step: &str| format!("{id}/{step}");
    let first = || key("first");
    let expected = [key("item[a]"), key("item[b]"), key("again"), key("again#2")];
    assert_eq!(keys[..4], expected);
    assert_eq!(keys[4..], [first(), first(), first()]);
}

#[workflow(name = "shipped")]
async fn shipped(items: Vec<u64>) -> Result<Vec<u64>> {
    let steps = items
        .into_iter()
        .map(|item| step!("ship", key = item, move fine(item)));
    let shipped: Result<_, _> = join_all(steps).await.into_iter().collect();
    sleep!("settle", "1 day").await;
    Ok(shipped?)
}

/// The same, polling the items in another order.
#[workflow(name = "shipped")]
async fn shipped_backwards(items: Vec<u64>) -> Result<Vec<u64>> {
    let steps = items
        .into_iter()
        .rev()
        .map(|item| step!("ship", key = item, move fine(item)));
    let shipped: Result<Vec<_>, _> = join_all(steps).await.into_iter().collect();
    sleep!("settle", "1 day").await;
    let mut shipped = shipped?;
    shipped.reverse();
    Ok(shipped)
}

#[tokio::test]
async fn items_polled_in_another_order_get_their_own_results() {
    let engine = TestEngine::new();
    let run = engine.start(shipped, "one", vec![3, 1, 2]).await;
    assert_eq!(run.result().await, Ok(vec![3, 1, 2]));
    let replayed = verify_replay(&run.export().await, shipped_backwards);
    assert_eq!(replayed.expect("it fits").other_ending, None);
}

#[workflow]
async fn month() -> Result<u64> {
    sleep!("month", "30 days").await;
    Ok(step!("after", fine(1)).await?)
}

#[tokio::test]
async fn a_run_whose_time_passed_while_no_engine_ran_wakes_at_once() {
    let engine = TestEngine::new();
    let run = engine.start(month, "one", ()).await;
    run.until_waiting().await;
    engine.crash_for("40 days").await;
    let before = engine.now().await;
    assert_eq!(run.result().await, Ok(1));
    assert_eq!(engine.now().await, before);
}

#[workflow]
async fn panicking() -> Result<()> {
    step!("panics", async {
        let empty: [u8; 0] = [];
        Ok::<_, Error>(empty[std::hint::black_box(0)])
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_panic_disturbs_no_other_run() {
    let engine = TestEngine::with(|builder| builder.workflow(month));
    let panics = engine.start(panicking, "one", ()).await;
    let other = engine.start(month, "two", ()).await;
    panics.result().await.expect_err("it panics");
    assert_eq!(other.result().await, Ok(1));
}

/// How many runs sleep at once.
fn sleepers() -> usize {
    let count = std::env::var("WORKFLOW_SLEEPERS").ok();
    count
        .and_then(|count| count.parse().ok())
        .unwrap_or(100_000)
}

async fn sleep_side_by_side(count: usize) {
    let engine = TestEngine::new();
    let mut last = None;
    for run in 0..count {
        last = Some(engine.start(month, format!("run-{run}"), ()).await);
    }
    let last = last.expect("there is one");
    last.until_waiting().await;
    let live = engine.engine().await;
    assert_eq!(live.health().runs_in_memory, 0);
    engine.advance(Duration::from_secs(30 * 24 * 60 * 60)).await;
    let mut completed = RunQuery::default();
    completed.status = Some(RunStatus::Completed);
    completed.runs_max = usize::MAX;
    let completed = live.runs(completed).await.expect("memory works");
    assert_eq!(completed.len(), count);
}

#[tokio::test]
async fn runs_that_sleep_hold_no_memory_of_the_engine() {
    sleep_side_by_side(3000).await;
}

#[tokio::test]
#[ignore = "long: 100,000 runs; WORKFLOW_SLEEPERS sets how many"]
async fn many_runs_sleep_side_by_side() {
    sleep_side_by_side(sleepers()).await;
}
