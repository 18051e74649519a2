//! What is refused before anything is stored, and what waits until it can go on.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use workflow_core::prelude::*;
use workflow_core::{RunError, RunQuery, RunStatus, StartError};
use workflow_tests::story::{PATIENCE, Stage};

/// Is written and cannot be read.
#[derive(Clone, Debug, Serialize)]
struct WriteOnly;

impl<'de> Deserialize<'de> for WriteOnly {
    fn deserialize<D: Deserializer<'de>>(_from: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom("it is write-only"))
    }
}

/// Cannot be written.
#[derive(Clone, Debug, Deserialize)]
struct ReadOnly;

impl Serialize for ReadOnly {
    fn serialize<S: Serializer>(&self, _to: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("it is read-only"))
    }
}

#[workflow]
async fn takes_what_cannot_be_read(input: WriteOnly) -> Result<()> {
    let _ = input;
    Ok(())
}

#[workflow]
async fn takes_what_cannot_be_written(input: ReadOnly) -> Result<()> {
    let _ = input;
    Ok(())
}

#[workflow]
async fn gives_what_cannot_be_written() -> Result<()> {
    step!("measure", async { Ok::<_, Error>(ReadOnly) }).await?;
    Ok(())
}

#[tokio::test]
async fn an_input_that_does_not_come_back_is_refused_before_anything_is_stored() {
    let stage = Stage::jumping();
    let builder = stage.builder().workflow(takes_what_cannot_be_read);
    let builder = builder.workflow(takes_what_cannot_be_written);
    let engine = builder.start().await.expect("it starts");
    let unread = engine.start(takes_what_cannot_be_read, "one", WriteOnly);
    let unwritten = engine.start(takes_what_cannot_be_written, "one", ReadOnly);
    let errors = [unread.await.map(drop), unwritten.await.map(drop)];
    for (error, why) in errors.into_iter().zip(["write-only", "read-only"]) {
        let error = error.expect_err("the input is refused");
        assert!(matches!(&error, StartError::Input { .. }), "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
    let runs = engine
        .runs(RunQuery::default())
        .await
        .expect("memory works");
    assert_eq!(runs, []);
    assert_eq!(stage.told(engine).await, "");
}

#[tokio::test]
async fn a_value_that_cannot_be_encoded_names_the_step_and_the_type() {
    let (result, story) = super::run(gives_what_cannot_be_written, ()).await;
    let Err(RunError::Failed(error)) = result else {
        panic!("the run does not fail");
    };
    assert_eq!(error.step_name.as_deref(), Some("measure"));
    let message = &error.message;
    assert!(
        message.contains("ReadOnly") && message.contains("read-only"),
        "{message}"
    );
    assert!(story.contains("3 step.failed measure#1"), "{story}");
}

#[workflow]
async fn old() -> Result<u64> {
    sleep!("nap", "1 day").await;
    Ok(step!("after", async { Ok::<_, Error>(7) }).await?)
}

#[workflow]
async fn other() -> Result<()> {
    Ok(())
}

#[tokio::test]
async fn runs_of_a_workflow_that_is_not_registered_wait_until_it_is_back() {
    let stage = Stage::manual();
    let engine = stage
        .builder()
        .workflow(old)
        .start()
        .await
        .expect("it starts");
    let run = engine.start(old, "one", ()).await.expect("it starts");
    stage.wait_for("workflow.paused");
    engine.shutdown(PATIENCE).await;

    stage
        .clock
        .advance(std::time::Duration::from_secs(2 * 24 * 60 * 60));
    let engine = stage
        .builder()
        .workflow(other)
        .start()
        .await
        .expect("it starts");
    let beside = engine.start(other, "two", ()).await.expect("it starts");
    assert_eq!(beside.result().await, Ok(()));
    let mut waiting = RunQuery::default();
    waiting.status = Some(RunStatus::Waiting);
    let waiting = engine.runs(waiting).await.expect("memory works");
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].run_id, run.id());
    engine.shutdown(PATIENCE).await;

    let engine = stage
        .builder()
        .workflow(old)
        .start()
        .await
        .expect("it starts");
    let run = engine.run(old, "one").await.expect("it is there");
    let result = tokio::time::timeout(PATIENCE, run.result()).await;
    assert_eq!(result.expect("it goes on"), Ok(7));
}
