//! Operations in `join!`, `select!` and friends.

use futures_util::future::join_all;
use insta::assert_snapshot;
use workflow_core::prelude::*;

use super::run;

async fn fine(value: u64) -> Result<u64> {
    Ok(value)
}

async fn slow(value: u64) -> Result<u64> {
    tokio::task::yield_now().await;
    Ok(value)
}

async fn fails() -> Result<u64> {
    Err(Error::msg("boom"))
}

#[workflow]
async fn joined() -> Result<u64> {
    let (a, b) = tokio::try_join!(step!("label", slow(1)), step!("invoice", fine(2)))?;
    Ok(a + b)
}

#[tokio::test]
async fn try_join_starts_both_in_one_commit() {
    let (result, story) = run(joined, ()).await;
    assert_eq!(result, Ok(3));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started label#1
    3 step.started invoice#1
    4 step.completed invoice#1 durationMs=0 totalMs=0
    5 step.completed label#1 durationMs=0 totalMs=0
    6 workflow.completed completedSteps=[invoice, label] durationMs=0
    ");
}

#[workflow]
async fn one_fails() -> Result<u64> {
    let joined = tokio::try_join!(
        step!("bad", fails()),
        step!("never", std::future::pending::<Result<u64>>())
    );
    match joined {
        Ok(_) => Ok(0),
        Err(_) => Ok(step!("after", fine(7)).await?),
    }
}

#[tokio::test]
async fn one_fails_and_the_other_is_dropped() {
    let (result, story) = run(one_fails, ()).await;
    assert_eq!(result, Ok(7));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started bad#1
    3 step.started never#1
    4 step.failed bad#1 error=error(boom) willRetry=false
    5 step.started after#1
    6 step.completed after#1 durationMs=0 totalMs=0
    7 workflow.completed completedSteps=[after] durationMs=0
    ");
}

#[workflow]
async fn too_slow() -> Result<String> {
    tokio::select! {
        biased;
        _ = step!("never", std::future::pending::<Result<u64>>()) => Ok("in time".to_owned()),
        () = sleep!("deadline", "10 s") => Ok("too late".to_owned()),
    }
}

#[tokio::test]
async fn a_step_races_a_sleep_and_loses() {
    let (result, story) = run(too_slow, ()).await;
    assert_eq!(result.as_deref(), Ok("too late"));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started never#1
    3 sleep.started deadline durationMs=10000 resumeAt=+10000ms
    4 sleep.completed deadline durationMs=10000
    5 workflow.completed completedSteps=[] durationMs=10000
    ");
}

#[workflow]
async fn many(items: Vec<u64>) -> Result<u64> {
    let steps = items
        .into_iter()
        .map(|item| step!("item", key = item, move fine(item)));
    let values: Result<Vec<_>, _> = join_all(steps).await.into_iter().collect();
    Ok(values?.iter().sum())
}

#[tokio::test]
async fn join_all_over_keys() {
    let (result, story) = run(many, vec![3, 4]).await;
    assert_eq!(result, Ok(7));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started item[3]#1
    3 step.started item[4]#1
    4 step.completed item[3]#1 durationMs=0 totalMs=0
    5 step.completed item[4]#1 durationMs=0 totalMs=0
    6 workflow.completed completedSteps=[item, item] durationMs=0
    ");
}
