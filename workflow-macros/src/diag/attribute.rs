//! The wording of mistakes in `#[workflow(..)]` and in where it stands.

use super::did_you_mean;

/// The options of the attribute.
pub(crate) const OPTIONS: [&str; 6] = ["name", "version", "crate", "capture", "allow", "part"];

pub(crate) fn not_a_function(what: &str) -> String {
    format!(
        "`#[workflow]` goes on an `async fn`, and this is {what}\n\
         help: `#[workflow] async fn checkout(order: Order) -> Result<Receipt>`"
    )
}

pub(crate) fn no_body() -> String {
    "a workflow needs a body: a function that is only declared cannot be run again\n\
     help: put `#[workflow]` on a free `async fn`"
        .to_owned()
}

pub(crate) fn unknown_option(found: &str) -> String {
    let help = did_you_mean(found, &OPTIONS).unwrap_or_else(|| {
        "the options are `name = \"..\"`, `version = 2`, `crate = path`, `capture = \"full\"`, \
         `allow(nondeterminism, reason = \"..\")`, and `part` for a helper of workflows"
            .to_owned()
    });
    format!("`#[workflow]` has no option `{found}`\nhelp: {help}")
}

pub(crate) fn doubled_option(name: &str) -> String {
    format!("`{name}` is given twice\nhelp: remove one of them")
}

pub(crate) fn needs_value(name: &str) -> String {
    let example = match name {
        "version" => "version = 2",
        "crate" => "crate = my_workflows",
        "capture" => "capture = \"full\"",
        "allow" => "allow(nondeterminism, reason = \"..\")",
        _ => "name = \"checkout\"",
    };
    format!("`{name}` needs a value\nhelp: `#[workflow({example})]`")
}

pub(crate) fn part_takes_no_value() -> String {
    "`part` takes no value: its name is given where a workflow calls it\n\
     help: `#[workflow(part)]`, and `part!(\"invoices\", invoices(&order)).await` in the workflow"
        .to_owned()
}

pub(crate) fn not_for_a_part(option: &str) -> String {
    let (why, help) = match option {
        "name" => (
            "its name is given where a workflow calls it",
            "`part!(\"invoices\", invoices(&order))`",
        ),
        "version" => (
            "runs remember the version of the workflow that calls it",
            "give the workflow the version, and call another part in it",
        ),
        _ => (
            "what events carry is decided by the workflow that calls it",
            "write it at the workflow",
        ),
    };
    format!("a part has no `{option}`: {why}\nhelp: {help}")
}

pub(crate) fn name_not_literal() -> String {
    "the name of a workflow is a string literal: runs are found by it after a restart\n\
     help: `#[workflow(name = \"checkout\")]`"
        .to_owned()
}

pub(crate) fn version_not_number() -> String {
    "a version is a whole number from 0 to 4294967295\n\
     help: `#[workflow(version = 2)]`"
        .to_owned()
}

pub(crate) fn unknown_capture() -> String {
    "`capture` can only be \"full\": values in events, after redaction\n\
     help: `#[workflow(capture = \"full\")]`, or leave it out"
        .to_owned()
}

pub(crate) fn unknown_allow(found: &str) -> String {
    format!(
        "`{found}` cannot be allowed here\n\
         help: `allow(nondeterminism, reason = \"..\")`; lints of the compiler go into an \
         `#[allow(..)]` of their own"
    )
}

pub(crate) fn allow_without_reason() -> String {
    "`allow(nondeterminism)` needs a reason: whoever reads a run that diverged looks for it\n\
     help: `allow(nondeterminism, reason = \"the cache is only a hint\")`"
        .to_owned()
}
