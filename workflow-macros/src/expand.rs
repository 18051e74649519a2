//! Prints what was understood. No decisions are made here.

mod docs;
mod function;
mod operation;
mod part;
mod print;
mod scope;
mod spec;

pub(crate) use function::workflow;
pub(crate) use operation::operation;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::model::Workflow;

/// Where the generated code finds the library.
fn krate(workflow: &Workflow) -> TokenStream {
    let given = workflow.args.krate.as_ref();
    given.map_or_else(|| quote!(::workflow_core), ToTokens::to_token_stream)
}
