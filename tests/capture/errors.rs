//! Error texts in events are redacted and bounded; replay and callers have them whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use insta::assert_snapshot;
use workflow_core::RunError;
use workflow_core::prelude::*;
use workflow_core::testing::TestClock;
use workflow_tests::story::Stage;

/// What goes wrong in the next attempts.
#[derive(Default)]
struct Bank {
    calls: AtomicU32,
}

impl Bank {
    async fn charge(&self) -> Result<u32> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        Err(Error::msg(format!(
            "call {call}: no login with password=hunter{call}"
        )))
    }
}

#[workflow]
async fn charging(#[resource] bank: &Bank) -> Result<Vec<String>> {
    let retry = Retry::constant("1h").times(2);
    let failed = step!("charge", retry = retry, bank.charge()).await;
    let error = failed.expect_err("the bank refuses");
    let mut said = error.attempts().to_vec();
    said.push(error.message().to_owned());
    Ok(said)
}

#[tokio::test]
async fn a_run_reads_its_errors_whole_after_a_restart_too() {
    let said = |call| format!("call {call}: no login with password=hunter{call}");
    let stage = Stage::manual();
    let bank = Arc::new(Bank::default());
    let builder = || {
        let bank = Arc::clone(&bank);
        stage.builder().workflow(charging).resource_arc(bank)
    };
    let engine = builder().start().await.expect("it starts");
    let run = engine.start(charging, "one", ()).await;
    run.expect("it starts");
    stage.wait_for("workflow.paused");
    stage.told(engine).await;
    // The waiting run is in the store only: the next engine replays it, on a clock that jumps.
    let jumping = Arc::new(TestClock::jumping());
    let engine = builder().clock(jumping).start().await;
    let engine = engine.expect("it starts");
    let run = engine.run(charging, "one").await.expect("it is there");
    let whole = [0, 1, 2, 2].map(said).to_vec();
    assert_eq!(run.result().await, Ok(whole));
    let story = stage.told(engine).await;
    assert!(!story.contains("hunter"), "{story}");
    let shown = "call 0: no login with password=[redacted]";
    assert!(story.contains(shown), "{story}");
}

#[workflow]
async fn failing() -> Result<()> {
    let error =
        "refused (https://bank.example/charge?key=k3y) with Authorization: Basic dXNlcjpwdw";
    Err(Error::msg(error))
}

#[tokio::test]
async fn the_caller_has_the_whole_error_whichever_engine_it_asks() {
    let stage = Stage::jumping();
    let builder = || stage.builder().workflow(failing);
    let engine = builder().start().await.expect("it starts");
    let run = engine.start(failing, "one", ()).await.expect("it starts");
    let first = run.result().await;
    let story = stage.told(engine).await;
    let engine = builder().start().await.expect("it starts");
    let run = engine.run(failing, "one").await.expect("it is there");
    assert_eq!(run.result().await, first);
    let Err(RunError::Failed(error)) = first else {
        panic!("it failed: {first:?}");
    };
    assert!(error.message.contains("?key=k3y"), "{error:?}");
    engine.shutdown(std::time::Duration::ZERO).await;
    assert_snapshot!(story, @"
    1 workflow.started
    2 workflow.failed completedSteps=[] error=error(refused (https://bank.example/charge?[redacted]) with Authorization: [redacted])
    ");
}

async fn talkative(letters: usize) -> Result<()> {
    Err(Error::msg("é".repeat(letters)))
}

#[workflow]
async fn listening(letters: usize) -> Result<usize> {
    let failed = step!("talk", talkative(letters)).await;
    let error = failed.expect_err("it only talks");
    Ok(error.message().len())
}

#[tokio::test]
async fn a_long_error_is_cut_in_events_and_whole_for_the_run() {
    let (result, message) = talk(50_000).await;
    assert_eq!(result, Ok(100_000));
    assert_eq!(
        message.chars().take_while(|&letter| letter == 'é').count(),
        32 * 1024
    );
    assert!(message.ends_with("é… (cut; it had 100000 bytes)"));
}

#[tokio::test]
async fn an_error_too_long_to_be_recorded_is_cut_for_the_run_too() {
    let (result, message) = talk(5_000_000).await;
    assert_eq!(result, Ok(8_192 + "… (cut; it had 10000000 bytes)".len()));
    assert!(message.ends_with("é… (cut; it had 10000000 bytes)"));
}

/// What the run had of an error with so many letters, and what the event of the step.
async fn talk(letters: usize) -> (Result<usize, RunError>, String) {
    let stage = Stage::jumping();
    let builder = stage.builder().workflow(listening);
    let engine = builder.start().await.expect("it starts");
    let run = engine.start(listening, "one", letters).await;
    let run = run.expect("it starts");
    let result = run.result().await;
    stage.told(engine).await;
    let events = super::events(&stage.endpoint);
    let failed = events.iter().find(|event| event["type"] == "step.failed");
    let failed = failed.expect("the step failed");
    let message = failed["error"]["message"].as_str();
    (result, message.expect("it has a message").to_owned())
}

#[workflow(name = "typed")]
async fn written(text: String) -> Result<()> {
    sleep!("a-while", "1h").await;
    let _ = text;
    Ok(())
}

#[workflow(name = "typed")]
async fn read(number: u32) -> Result<()> {
    sleep!("a-while", "1h").await;
    let _ = number;
    Ok(())
}

#[tokio::test]
async fn a_value_that_does_not_decode_is_not_repeated_in_the_event() {
    let stage = Stage::manual();
    let engine = stage.builder().workflow(written).start().await;
    let engine = engine.expect("it starts");
    let text = "hunter2".to_owned();
    engine.start(written, "one", text).await.expect("it starts");
    stage.wait_for("workflow.paused");
    stage.told(engine).await;
    let jumping = Arc::new(TestClock::jumping());
    let engine = stage.builder().clock(jumping).workflow(read);
    let engine = engine.start().await;
    let engine = engine.expect("it starts");
    let run = engine.run(read, "one").await.expect("it is there");
    let blocked = run.result().await.expect_err("its input does not fit");
    assert!(matches!(blocked, RunError::Blocked { .. }), "{blocked}");
    let story = stage.told(engine).await;
    assert!(
        story.contains("invalid type: string, expected u32"),
        "{story}"
    );
    assert!(!story.contains("hunter2"), "{story}");
}
