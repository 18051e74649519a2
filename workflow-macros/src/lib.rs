//! The `#[workflow]` attribute and its operations; use them through `workflow-core`.
//!
//! Syntax in, syntax out: this crate knows nothing of runs, logs or engines. A function is read
//! into a [`model`], its body is walked once (`analyze`), the rules look at the model (`check`),
//! and only then is anything printed (`expand`). All wording is in `diag`.

mod analyze;
mod args;
mod check;
mod diag;
mod expand;
mod model;
mod ops;
mod signature;
mod text;
mod workflow;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Makes an `async fn` a workflow.
#[proc_macro_attribute]
pub fn workflow(args: TokenStream, item: TokenStream) -> TokenStream {
    workflow::expand(args.into(), &item.into()).into()
}

/// Runs something in a workflow and remembers its result.
#[proc_macro]
pub fn step(tokens: TokenStream) -> TokenStream {
    workflow::misplaced(model::Kind::Step, tokens.into()).into()
}

/// Waits in a workflow, also across restarts.
#[proc_macro]
pub fn sleep(tokens: TokenStream) -> TokenStream {
    workflow::misplaced(model::Kind::Sleep, tokens.into()).into()
}
