//! Mistakes in `#[workflow(..)]` and in where it stands.

use super::{messages, refuse};

fn with(args: &str) -> String {
    format!("#[workflow({args})] async fn w() -> Result<()> {{ Ok(()) }}")
}

#[track_caller]
fn refuse_args(args: &str) -> String {
    refuse(&with(args))
}

#[test]
fn options_are_accepted() {
    for args in [
        "",
        "name = \"checkout\", version = 2",
        "crate = my::workflows",
        "crate = ::workflows,",
        "capture = \"full\"",
        "allow(nondeterminism, reason = \"a hint only\")",
    ] {
        assert_eq!(messages(&with(args)), [""; 0], "{args}");
    }
}

#[test]
fn an_unknown_option_gets_the_nearest_one() {
    assert!(refuse_args("versoin = 2").contains("did you mean `version`?"));
    assert!(refuse_args("timeout = 2").contains("`#[workflow]` has no option `timeout`"));
    assert!(refuse_args("timeout = 2").contains("the options are `name"));
}

#[test]
fn a_doubled_option_is_refused() {
    assert!(refuse_args("version = 1, version = 2").contains("`version` is given twice"));
}

#[test]
fn a_value_of_the_wrong_kind_is_refused() {
    assert!(refuse_args("name = CHECKOUT").contains("is a string literal"));
    assert!(refuse_args("name").contains("`name` needs a value"));
    assert!(refuse_args("version = \"2\"").contains("a version is a whole number"));
    assert!(refuse_args("version = -1").contains("a version is a whole number"));
    assert!(refuse_args("capture = \"some\"").contains("`capture` can only be \"full\""));
}

#[test]
fn a_name_is_checked_like_those_of_operations() {
    assert!(refuse_args("name = \"Check out\"").contains("help: \"check-out\""));
    assert!(refuse_args("name = \"\"").contains("is empty"));
}

#[test]
fn nondeterminism_is_allowed_with_a_reason_only() {
    assert!(refuse_args("allow(nondeterminism)").contains("needs a reason"));
    assert!(refuse_args("allow(dead_code)").contains("`dead_code` cannot be allowed here"));
    assert!(refuse_args("allow").contains("`allow` needs a value"));
}

#[test]
fn only_functions_with_a_body_are_workflows() {
    let refuse_item = |item: &str| refuse(&format!("#[workflow] {item}"));
    assert!(refuse_item("struct Checkout;").contains("this is a struct"));
    assert!(refuse_item("impl Checkout { fn run() {} }").contains("this is an impl block"));
    assert!(refuse_item("mod checkout {}").contains("this is a module"));
    assert!(refuse_item("async fn w() -> Result<()>;").contains("a workflow needs a body"));
}
