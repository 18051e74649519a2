//! Exported runs, replayed against code.

use workflow_core::prelude::*;
use workflow_core::testing::{ReplayError, TestEngine, verify_replay};

async fn fine(value: u64) -> Result<u64> {
    Ok(value)
}

#[workflow(name = "shop")]
async fn shop(order: u64) -> Result<u64> {
    let paid = step!("charge", fine(order)).await?;
    sleep!("settle", "30 days").await;
    Ok(paid + step!("ship", fine(2)).await?)
}

/// The same with its first step renamed.
#[workflow(name = "shop")]
async fn renamed(order: u64) -> Result<u64> {
    let paid = step!("bill", fine(order)).await?;
    sleep!("settle", "30 days").await;
    Ok(paid + step!("ship", fine(2)).await?)
}

/// The same with another step at its end.
#[workflow(name = "shop")]
async fn longer(order: u64) -> Result<u64> {
    let paid = step!("charge", fine(order)).await?;
    sleep!("settle", "30 days").await;
    let shipped = step!("ship", fine(2)).await?;
    Ok(paid + shipped + step!("thank", fine(3)).await?)
}

/// The same with other code between its operations.
#[workflow(name = "shop")]
async fn reckoned(order: u64) -> Result<u64> {
    let paid = step!("charge", fine(order)).await?;
    sleep!("settle", "30 days").await;
    Ok(100 * paid + step!("ship", fine(2)).await?)
}

/// The same with another input.
#[workflow(name = "shop")]
async fn retyped(order: String) -> Result<u64> {
    Ok(step!("charge", fine(order.len() as u64)).await?)
}

#[workflow(name = "shop", version = 2)]
async fn next(order: u64) -> Result<u64> {
    Ok(step!("charge", fine(order)).await?)
}

/// The same, waiting for something that the engine does not know.
#[workflow(name = "shop")]
async fn stalled(order: u64) -> Result<u64> {
    tokio::sync::Notify::new().notified().await;
    Ok(step!("charge", fine(order)).await?)
}

/// A run of [`shop`] that sleeps, and one that has ended.
async fn exports() -> (String, String) {
    let engine = TestEngine::new();
    let run = engine.start(shop, "one", 7).await;
    run.until_waiting().await;
    let asleep = run.export().await;
    assert_eq!(run.result().await, Ok(9));
    (asleep, run.export().await)
}

#[tokio::test]
async fn a_run_that_sleeps_and_one_that_ended_replay_against_the_same_code() {
    let (asleep, ended) = exports().await;
    let replayed = verify_replay(&asleep, shop).expect("it fits");
    assert_eq!((replayed.events, replayed.same_structure), (5, true));
    let replayed = verify_replay(&ended, shop).expect("it fits");
    assert_eq!((replayed.events, replayed.other_ending), (10, None));
}

#[tokio::test]
async fn code_that_no_longer_fits_is_told_with_both_steps() {
    for log in <[String; 2]>::from(exports().await) {
        let error = verify_replay(&log, renamed).expect_err("the step is another one");
        let ReplayError::Diverged { reason } = &error else {
            panic!("it does not diverge: {error}");
        };
        assert!(reason.contains("step `charge` (seq 3 at "), "{reason}");
        assert!(
            reason.contains("the code asks for step `bill` at "),
            "{reason}"
        );
        let error = verify_replay(&log, retyped).expect_err("the input is another one");
        assert!(
            error
                .to_string()
                .contains("the recorded input does not decode"),
            "{error}"
        );
        let error = verify_replay(&log, stalled).expect_err("it waits");
        assert_eq!(error, ReplayError::Stalled);
    }
}

#[tokio::test]
async fn steps_may_be_added_after_the_last_result_and_code_between_steps_may_change() {
    let (asleep, ended) = exports().await;
    let replayed = verify_replay(&asleep, longer).expect("runs in flight go on");
    assert!(!replayed.same_structure);
    assert_eq!(
        verify_replay(&asleep, reckoned)
            .expect("it fits")
            .other_ending,
        None
    );
    let other_ending = verify_replay(&ended, reckoned)
        .expect("it fits")
        .other_ending;
    let (recorded, found) = ("it returns 9".to_owned(), "it returns 702".to_owned());
    assert_eq!(other_ending, Some((recorded, found)));
    let other_ending = verify_replay(&ended, longer).expect("it fits").other_ending;
    let found = other_ending.expect("it asks for another step").1;
    assert_eq!(found, "it goes on with step.started");
}

#[tokio::test]
async fn a_run_of_another_workflow_or_version_is_refused() {
    let (asleep, _) = exports().await;
    let error = verify_replay(&asleep, next).expect_err("it is another version");
    assert!(
        error
            .to_string()
            .contains("one of `shop`, and it was to be replayed with `shop` version 2"),
        "{error}"
    );
}

#[tokio::test]
async fn a_cancelled_run_replays_up_to_where_it_was() {
    let engine = TestEngine::new();
    let run = engine.start(shop, "one", 7).await;
    run.until_waiting().await;
    run.cancel(None).await;
    let log = run.export().await;
    assert!(log.contains("workflow.cancelled"), "{log}");
    verify_replay(&log, shop).expect("it fits");
    verify_replay(&log, renamed).expect_err("the step is another one");
}

#[workflow]
async fn nothing() -> Result<()> {
    step!("nothing", async { Ok::<_, Error>(()) }).await?;
    step!("none", async { Ok::<_, Error>(None::<u8>) }).await?;
    Ok(())
}

#[tokio::test]
async fn values_that_are_nothing_are_exported_too() {
    let engine = TestEngine::new();
    let run = engine.start(nothing, "one", ()).await;
    assert_eq!(run.result().await, Ok(()));
    let replayed = verify_replay(&run.export().await, nothing);
    assert_eq!(replayed.expect("it fits").other_ending, None);
}

/// Kept as it was written: what was exported once can be replayed for as long as its format is
/// read.
const KEPT: &str = include_str!("shop.jsonl");

#[test]
fn an_export_that_was_kept_replays() {
    let replayed = verify_replay(KEPT, shop).expect("it fits");
    assert_eq!((replayed.events, replayed.other_ending), (10, None));
    verify_replay(KEPT, renamed).expect_err("the step is another one");
}

#[test]
fn what_this_version_cannot_read_is_refused_with_a_way_out() {
    let told = |log: &str| match verify_replay(log, shop) {
        Err(ReplayError::Unreadable { why }) => why,
        other => panic!("it is read: {other:?}"),
    };
    let newer = told(&KEPT.replace("\"workflowExport\":1", "\"workflowExport\":2"));
    assert!(
        newer.contains("format 2") && newer.contains("or a newer one"),
        "{newer}"
    );
    let older = told(&KEPT.replace("\"workflowExport\":1", "\"workflowExport\":0"));
    assert!(
        older.contains("format 0") && older.contains("export the run again"),
        "{older}"
    );
    let unknown = told(&KEPT.replace("sleep.completed", "sleep.interrupted"));
    assert!(unknown.contains("line 8 of the export"), "{unknown}");
    assert!(unknown.contains("a newer version wrote it"), "{unknown}");
    let (all_but_the_last, _) = KEPT.trim_end().rsplit_once('\n').expect("it has lines");
    let cut = told(all_but_the_last);
    assert!(cut.contains("10 events, and 9 follow"), "{cut}");
    let no_export = told("[1, 2]");
    assert!(
        no_export.contains("the text is no exported run"),
        "{no_export}"
    );
    let torn = told(&KEPT[..KEPT.len() - 20]);
    assert!(torn.contains("line 11 of the export is no event"), "{torn}");
}

#[tokio::test]
async fn an_export_is_the_same_in_every_execution_of_a_test() {
    assert_eq!(exports().await, exports().await);
}
