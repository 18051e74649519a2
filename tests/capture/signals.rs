//! What events show of the values that come with signals.

use insta::assert_snapshot;
use serde::{Deserialize, Serialize};
use workflow_core::prelude::*;
use workflow_core::{Capture, IntoCall};
use workflow_tests::endpoint::Endpoint;
use workflow_tests::story::{PATIENCE, Stage};

use super::{tracker, values};

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Approval {
    by: String,
    password: String,
    card: Sensitive<String>,
}

fn ann() -> Approval {
    Approval {
        by: "ann".to_owned(),
        password: "hunter2".to_owned(),
        card: Sensitive::new("4242".to_owned()),
    }
}

/// The run itself sees all of it.
fn length(approval: &Approval) -> usize {
    assert_eq!(approval.password, "hunter2");
    approval.by.len() + approval.card.expose().len()
}

#[workflow]
async fn quiet() -> Result<usize> {
    let approval: Approval = wait!("approval").await?;
    Ok(length(&approval))
}

#[workflow(capture = "full")]
async fn open() -> Result<usize> {
    let approval: Approval = wait!("approval").await?;
    Ok(length(&approval))
}

/// Runs a workflow that waits with a tracker for all values beside an ordinary one; what each was
/// shown.
async fn shown<F, M>(workflow: F) -> (String, String)
where
    F: IntoCall<M, In = (), Value = usize> + Copy,
{
    let (stage, curious) = (Stage::jumping(), Endpoint::start());
    let builder = stage.builder().workflow(workflow);
    let builder = builder.tracker(tracker(&curious, "curious", Capture::Full));
    let engine = builder.start().await.expect("it starts");
    let run = engine.start(workflow, "one", ()).await;
    let run = run.expect("the run starts");
    run.signal("approval", ann()).await.expect("it is sent");
    let result = tokio::time::timeout(PATIENCE, run.result()).await;
    assert_eq!(result.expect("the run ends"), Ok(7));
    stage.told(engine).await;
    (values(&stage.endpoint), values(&curious))
}

#[tokio::test]
async fn what_comes_with_a_signal_is_shown_redacted_and_only_to_whom_asks() {
    let (ordinary, curious) = shown(quiet).await;
    assert_eq!(ordinary, "");
    assert_snapshot!(curious, @r#"
    workflow.started: input=[]
    signal.received: payload={"by":"ann","card":"[redacted]","password":"[redacted]"}
    workflow.completed: output=7
    "#);
}

#[tokio::test]
async fn what_comes_with_a_signal_is_shown_by_a_workflow_that_asks_for_it() {
    let (ordinary, curious) = shown(open).await;
    assert_eq!(ordinary, curious);
    assert_snapshot!(ordinary, @r#"
    workflow.started: input=[]
    signal.received: payload={"by":"ann","card":"[redacted]","password":"[redacted]"}
    workflow.completed: output=7
    "#);
}
