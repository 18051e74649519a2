//! Event snapshots: what runs tell a real endpoint, one line an event.
#![expect(
    clippy::unused_async,
    reason = "the bodies of these steps have nothing to wait for, as real ones would"
)]

mod changes;
mod children;
mod costs;
mod endings;
mod limits;
mod many;
mod nested;
mod parts;
mod refusals;
mod retention;
mod retries;
mod runs;
mod shapes;
mod signals;
mod sleeps;
mod starts;
mod survival;
mod tracing;
mod values;

use workflow_core::{EngineBuilder, IntoCall, RunError};
use workflow_tests::story::{PATIENCE, Stage};

/// Runs a workflow once on a clock that jumps; gives its result and its story.
async fn run<F, M>(workflow: F, input: F::In) -> (Result<F::Value, RunError>, String)
where
    F: IntoCall<M> + Copy,
    F::Value: serde::de::DeserializeOwned + Send + 'static,
{
    run_with(|builder| builder, workflow, input).await
}

/// The same, with more for the builder.
async fn run_with<F, M>(
    configure: impl FnOnce(EngineBuilder) -> EngineBuilder,
    workflow: F,
    input: F::In,
) -> (Result<F::Value, RunError>, String)
where
    F: IntoCall<M> + Copy,
    F::Value: serde::de::DeserializeOwned + Send + 'static,
{
    let stage = Stage::jumping();
    let builder = configure(stage.builder()).workflow(workflow);
    let engine = builder.start().await.expect("the engine starts");
    let run = engine
        .start(workflow, "one", input)
        .await
        .expect("the run starts");
    let result = tokio::time::timeout(PATIENCE, run.result()).await;
    let result = result.expect("the run ends");
    (result, stage.told(engine).await)
}
