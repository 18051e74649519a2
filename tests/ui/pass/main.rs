//! What must compile, one file for each kind of code, and the manifests that come of it.

#![forbid(unsafe_code)]

mod arguments;
mod attributes;
mod bodies;
mod concurrent;
mod control_flow;
mod errors;
mod inside;
mod instrumented;
mod lints;
mod macros;
mod manifest;
mod operations;
mod outside;
mod parts;
mod patterns;
mod renamed;
mod resources;
mod values;
mod visibility;

use workflow_core::{Call, IntoCall, Spec, Workflow};

/// The manifest of a workflow.
fn spec<F, M>(workflow: F) -> &'static Spec
where
    F: IntoCall<M>,
{
    drop(workflow);
    <<F::Call as Call>::Workflow as Workflow>::SPEC
}

/// The names of a workflow's operations, in order.
fn names<F, M>(workflow: F) -> Vec<&'static str>
where
    F: IntoCall<M>,
{
    let operations = spec(workflow).operations;
    operations.iter().map(|operation| operation.name).collect()
}

/// The steps that the workflows here run.
mod work {
    use workflow_core::Result;

    pub(crate) async fn double(n: u64) -> Result<u64> {
        std::future::ready(Ok(2 * n)).await
    }

    pub(crate) async fn length(text: &str) -> Result<usize> {
        std::future::ready(Ok(text.len())).await
    }

    pub(crate) async fn consume(text: String) -> Result<usize> {
        std::future::ready(Ok(text.len())).await
    }
}
