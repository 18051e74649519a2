//! Shows the expansion of one workflow, when somebody asks for it.

use proc_macro2::TokenStream;

use crate::text;

/// Set to a workflow's name, the compiler prints what that workflow becomes.
const VARIABLE: &str = "WORKFLOW_PRINT_EXPANSION";

/// Prints the expansion to standard error, if the environment names this workflow.
pub(super) fn if_asked_for(workflow: &str, tokens: &TokenStream) {
    let asked = std::env::var(VARIABLE).ok();
    if let Some(text) = shown(asked.as_deref(), workflow, tokens) {
        eprintln!("{text}");
    }
}

/// What is printed to whoever asked for this.
fn shown(asked: Option<&str>, workflow: &str, tokens: &TokenStream) -> Option<String> {
    (asked == Some(workflow)).then(|| text::block(tokens.clone()))
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn only_the_workflow_that_is_named_is_shown() {
        let tokens = "fn checkout(order: Order) -> impl Call { call((order,)) }";
        let tokens = tokens.parse().expect("tokens");
        assert_eq!(shown(None, "checkout", &tokens), None);
        assert_eq!(shown(Some("other"), "checkout", &tokens), None);
        let text = shown(Some("checkout"), "checkout", &tokens).expect("a text");
        assert_eq!(
            text,
            "fn checkout(order: Order) -> impl Call {\n    call((order,))\n}"
        );
    }
}
