//! The wording of what comes out differently on a replay.

use crate::check::{Source, Unordered};

/// A call of a function that answers differently.
pub(crate) struct Call {
    /// The function's name in full.
    pub(crate) name: String,
    /// The call as it is written.
    pub(crate) text: String,
    /// The module that it begins with, where that was imported.
    pub(crate) module: Option<String>,
    /// Its first argument.
    pub(crate) argument: Option<String>,
}

pub(crate) fn call(source: Source, call: &Call) -> String {
    let name = &call.name;
    if source == Source::Deferred {
        return deferred(name);
    }
    let (why, help) = (why(source), help(source, call));
    let own = call.module.as_ref().map_or_else(String::new, |module| {
        format!("\nhelp: a module `{module}` of your own is meant by `self::{module}`")
    });
    message(
        &format!("`{name}` {why}, so it cannot be called outside a step"),
        &format!("{help}{own}"),
    )
}

const fn why(source: Source) -> &'static str {
    match source {
        Source::Clock | Source::Stopwatch | Source::Random | Source::Generator | Source::Id => {
            "gives a different answer on replay"
        }
        Source::Thread | Source::Environment | Source::Network | Source::File => {
            "may give a different answer on replay"
        }
        Source::Task | Source::Write | Source::Deferred => "does its work again on every replay",
        Source::Sleep | Source::Timeout | Source::Interval => "begins to wait anew on every replay",
    }
}

/// What to write instead.
fn help(source: Source, call: &Call) -> String {
    let text = &call.text;
    let length = call.argument.as_deref().unwrap_or("\"30s\"");
    match source {
        Source::Clock => format!("value!(\"now\", {text}).await"),
        Source::Stopwatch => "value!(\"now\", SystemTime::now()).await".to_owned(),
        Source::Random => format!("value!(\"number\", {text}).await"),
        Source::Generator => {
            "record what is drawn: value!(\"number\", rand::random::<u64>()).await".to_owned()
        }
        Source::Id => format!("value!(\"id\", {text}).await"),
        Source::Task => {
            "step!(\"..\", ..).await?; steps in a `join!` run at the same time".to_owned()
        }
        Source::Sleep => format!("sleep!(\"wait\", {length}).await"),
        Source::Timeout => format!("step!(\"..\", timeout = {length}, ..).await?"),
        Source::Interval => format!("loop {{ sleep!(\"wait\", {length}).await; .. }}"),
        Source::Environment => {
            "take it as an input, or from a `#[resource]` that the engine was built with".to_owned()
        }
        Source::Thread | Source::Network | Source::File | Source::Write | Source::Deferred => {
            "step!(\"..\", async { .. }).await?".to_owned()
        }
    }
}

pub(crate) fn deferred(name: &str) -> String {
    message(
        &format!(
            "`{name}` also runs when the run is parked or its process stops, and again on every \
             replay, so it cannot stand outside a step"
        ),
        "write what is to be done in the end as a step, before each return",
    )
}

pub(crate) fn unordered(unordered: &Unordered) -> String {
    let ty = unordered.ty;
    let what = match &unordered.name {
        Some(name) => format!("`{name}` is a `{ty}`, which"),
        None => format!("a `{ty}`"),
    };
    let ordered = match ty {
        "HashSet" => "a `BTreeSet`",
        _ => "a `BTreeMap`",
    };
    message(
        &format!(
            "{what} gives its items in a different order on replay, so it cannot be iterated over \
             outside a step"
        ),
        &format!("use {ordered}, or collect the items into a `Vec` and sort it"),
    )
}

/// With the way out for those who know better.
fn message(what: &str, help: &str) -> String {
    format!(
        "{what}\n\
         help: {help}\n\
         help: where a replay may differ: `#[workflow(allow(nondeterminism, reason = \"..\"))]`"
    )
}
