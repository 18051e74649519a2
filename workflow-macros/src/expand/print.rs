//! Shows the expansion of one workflow, when somebody asks for it.

use proc_macro2::TokenStream;

use crate::text;

/// Set to a workflow's name, the compiler prints what that workflow becomes.
const VARIABLE: &str = "WORKFLOW_PRINT_EXPANSION";

/// Prints the expansion to standard error, if the environment names this workflow.
pub(super) fn if_asked_for(workflow: &str, tokens: &TokenStream) {
    if std::env::var(VARIABLE).is_ok_and(|name| name == workflow) {
        eprintln!("{}", text::block(tokens.clone()));
    }
}
