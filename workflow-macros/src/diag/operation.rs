//! The wording of mistakes in the operations of a body.

use super::did_you_mean;
use crate::model::{Kind, Nesting};

/// The example of an operation in a `help:` line.
fn example(kind: Kind, name: &str) -> String {
    match kind {
        Kind::Step => format!("step!(\"{name}\", charge(&order))"),
        Kind::Sleep => format!("sleep!(\"{name}\", \"1 day\")"),
        Kind::Value => format!("value!(\"{name}\", SystemTime::now())"),
        Kind::Part => format!("part!(\"{name}\", invoices(&order))"),
        Kind::Wait => format!("wait!(\"{name}\", timeout = \"3 days\")"),
        Kind::Child => format!("child!(\"{name}\", invoice(order))"),
    }
}

/// The name in examples.
const fn example_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Step => "charge",
        Kind::Sleep => "settle",
        Kind::Value => "now",
        Kind::Part => "invoices",
        Kind::Wait => "approval",
        Kind::Child => "invoice",
    }
}

pub(crate) fn misplaced(kind: Kind) -> String {
    let name = kind.name();
    format!(
        "`{name}!` only works written directly in the body of an `async fn` marked `#[workflow]`, \
         which gives it its run and lists it in the manifest\n\
         help: mark the function with `#[workflow]`; a helper that a workflow calls is marked \
         `#[workflow(part)]`, and called with `part!`; from a closure in another item or a \
         `macro_rules!`, move the {name} into the workflow's body"
    )
}

pub(crate) fn missing_name(kind: Kind, name: Option<&str>, rest: &str) -> String {
    let name = name.unwrap_or(example_name(kind));
    let rest = if rest.is_empty() { ".." } else { rest };
    let op = kind.name();
    let what = match kind {
        Kind::Part => "the results inside it are",
        Kind::Step | Kind::Sleep | Kind::Value | Kind::Wait | Kind::Child => "its result is",
    };
    format!(
        "a {op} starts with its name: after a restart {what} found by it\n\
         help: {op}!(\"{name}\", {rest})"
    )
}

pub(crate) fn duration_without_name(text: &str) -> String {
    format!(
        "give the sleep a name first: after a restart it is found by it\n\
         help: sleep!(\"wait\", \"{text}\")"
    )
}

pub(crate) fn name_not_literal(kind: Kind) -> String {
    let op = kind.name();
    format!(
        "the name of a {op} is a string literal: the manifest lists it before anything runs\n\
         help: {}; what tells one of many apart is its key: `key = item.id`",
        example(kind, example_name(kind))
    )
}

pub(crate) fn empty_name(what: &str) -> String {
    format!(
        "the name of this {what} is empty, and after a restart it is found by its name\n\
         help: name what it does: \"charge\", \"cooling-off\""
    )
}

pub(crate) fn bad_name(name: &str, bad: char) -> String {
    let better: String = name
        .trim()
        .to_lowercase()
        .chars()
        .map(|c| if is_name_char(c) { c } else { '-' })
        .collect();
    format!(
        "`{name}` is no name: it has `{}`, and names are made of a-z, 0-9, `_`, `.` and `-`, \
         because they stand in events, URLs and queries\n\
         help: \"{better}\"",
        bad.escape_default()
    )
}

/// What names are made of.
pub(crate) const fn is_name_char(c: char) -> bool {
    matches!(c, 'a'..='z' | '0'..='9' | '_' | '.' | '-')
}

pub(crate) fn missing_body(kind: Kind, name: &str) -> String {
    let what = match kind {
        Kind::Step => "has no body: a future of a `Result` that does the work",
        Kind::Sleep => "does not say how long",
        Kind::Value => "has no expression that gives it",
        Kind::Part => "calls nothing: it needs the call of a function marked `#[workflow(part)]`",
        Kind::Wait => "is not written to its end",
        Kind::Child => "starts nothing: it needs the call of a function marked `#[workflow]`",
    };
    let or = match kind {
        Kind::Sleep => format!(", or sleep!(\"{name}\", until = instant)"),
        Kind::Step | Kind::Value | Kind::Part | Kind::Wait | Kind::Child => String::new(),
    };
    format!(
        "the {} `{name}` {what}\n\
         help: {}{or}",
        kind.name(),
        example(kind, name)
    )
}

pub(crate) fn option_after_value(option: &str, kind: Kind) -> String {
    let last = match kind {
        Kind::Step => "body",
        Kind::Sleep => "length",
        Kind::Value => "expression",
        Kind::Part | Kind::Child => "call",
        Kind::Wait => "end",
    };
    format!(
        "options come before the {last}, which is always last\n\
         help: {}!(\"..\", {option} = .., {last})",
        kind.name()
    )
}

pub(crate) fn second_value(kind: Kind) -> String {
    match kind {
        Kind::Step => "a step has one body\n\
             help: put both into one `async { .. }`, or write two steps: each is one checkpoint"
            .to_owned(),
        Kind::Sleep => "a sleep has one length\n\
             help: write it as one: \"1 day 2h\""
            .to_owned(),
        Kind::Value => "a value has one expression\n\
             help: put both into a tuple, or write two values, each with its name"
            .to_owned(),
        Kind::Part => "a part is one call\n\
             help: write two parts, each with its name, or one that calls both"
            .to_owned(),
        Kind::Wait => "a wait takes no value: its value is what is sent with the signal\n\
             help: remove it"
            .to_owned(),
        Kind::Child => "a child is one call\n\
             help: write two children, each with its name"
            .to_owned(),
    }
}

pub(crate) fn unknown_option(kind: Kind, found: &str, options: &[&str]) -> String {
    let help = did_you_mean(found, options).unwrap_or_else(|| {
        let name = kind.name();
        match options {
            [only] => format!("the only option of a {name} is `{only}`"),
            options => format!("the options of a {name} are `{}`", options.join("`, `")),
        }
    });
    format!("`{}!` has no option `{found}`\nhelp: {help}", kind.name())
}

/// `why` is the parser's own message.
pub(crate) fn unfinished(why: &str) -> String {
    format!("this is not a whole expression: {why}")
}

pub(crate) fn missing_comma() -> String {
    "a `,` is missing before this".to_owned()
}

pub(crate) fn colon_after_option(option: &str) -> String {
    format!("options are written with `=`\nhelp: {option} = ..")
}

pub(crate) fn doubled_option(option: &str) -> String {
    format!("`{option}` is given twice\nhelp: remove one of them")
}

pub(crate) fn until_and_length() -> String {
    "a sleep has either a length or `until`, not both\n\
     help: remove one of them"
        .to_owned()
}

pub(crate) fn retry_if_without_retry() -> String {
    "`retry_if` says which failures are tried again, but there is no `retry`\n\
     help: retry = Retry::exponential(\"1s\").times(3), retry_if = |e| .."
        .to_owned()
}

pub(crate) fn retry_number(number: &str) -> String {
    format!(
        "`retry` is a policy, and says how long to wait between attempts\n\
         help: retry = Retry::exponential(\"1s\").times({number})"
    )
}

pub(crate) fn same_name(kind: Kind, name: &str) -> String {
    format!(
        "there are two operations named `{name}`: after a restart each finds its result by its \
         name\n\
         help: give this {} another name; for one that runs many times, write it once in a loop, \
         with a key",
        kind.name()
    )
}

pub(crate) fn first_used(name: &str) -> String {
    format!("`{name}` is first used here")
}

pub(crate) fn needs_key(kind: Kind, name: &str, nesting: Nesting) -> String {
    let op = kind.name();
    let place = match nesting {
        Nesting::Closure => "inside a closure, which may run for many items,",
        _ => "inside a loop over items,",
    };
    format!(
        "`{name}` is {place} so it needs a key that names the item: `{op}!(\"{name}\", key = .., \
         ..)`, or a replay may give one item's result to another\n\
         help: key = item.id; or `key = _`, if the items come in the same order on every replay"
    )
}

pub(crate) fn nested(outer: Kind, name: &str, inner: Kind) -> String {
    let why = match outer {
        Kind::Value => "a value is taken at once and recorded as a whole",
        Kind::Step | Kind::Sleep | Kind::Part | Kind::Wait | Kind::Child => {
            "a step is one checkpoint: its body runs as a whole or not at all"
        }
    };
    let advice = match (outer, inner) {
        (Kind::Value, _) => "write it before, and use what it gives",
        (_, Kind::Sleep) => {
            "sleep between two steps, or wait inside the body with the runtime's own timer"
        }
        (_, Kind::Step) => {
            "make it a step of its own, before or after, or call the function without `step!`"
        }
        (_, Kind::Part | Kind::Wait | Kind::Child) => "write it before or after the step",
        (_, Kind::Value) => "remove `value!`: what a step's body sees is not replayed",
    };
    format!(
        "{why}, so there is no `{}!` inside the {} `{name}`\n\
         help: {advice}",
        inner.name(),
        outer.name()
    )
}

pub(crate) fn awaited_body() -> String {
    "`step!` awaits the future itself, once per attempt\n\
     help: remove this `.await`"
        .to_owned()
}

pub(crate) fn closure_body() -> String {
    "`step!` takes the future itself and makes a new one for each attempt, so the body is no \
     closure\n\
     help: remove the `||`; for more than one expression write `async { .. }`"
        .to_owned()
}

pub(crate) fn changes_local(kind: Kind, name: &str) -> String {
    let (without, instead) = match kind {
        Kind::Value => ("evaluating the expression", "value!(..).await;"),
        Kind::Step | Kind::Sleep | Kind::Part | Kind::Wait | Kind::Child => {
            ("running the body", "step!(..).await?;")
        }
    };
    format!(
        "a replay returns the recorded result without {without}, so a change to `{name}` would be \
         lost\n\
         help: return the new value instead: `{name} = {instead}`"
    )
}

pub(crate) fn closure_value() -> String {
    "`value!` evaluates the expression itself, once in a run, so it takes no closure\n\
     help: remove the `||`"
        .to_owned()
}

pub(crate) fn leaves_value(word: &str) -> String {
    let help = match word {
        ".await" => "what waits is a step: step!(\"..\", ..).await?",
        "return" => "return after it, from what it gave",
        _ => "what can fail is a step: step!(\"..\", async { .. }).await?",
    };
    format!(
        "a value is taken at once and recorded as a whole, so there is no `{word}` inside it\n\
         help: {help}"
    )
}

pub(crate) fn bad_duration(text: &str, error: &humantime::DurationError) -> String {
    use humantime::DurationError as Error;
    let why = match error {
        _ if text.trim_start().starts_with('-') => "time only goes forward".to_owned(),
        Error::Empty => "it is empty".to_owned(),
        Error::UnknownUnit { unit, .. } if unit.is_empty() => "the unit is missing".to_owned(),
        Error::UnknownUnit { unit, .. } => format!("there is no unit `{unit}`"),
        Error::InvalidCharacter(at) => {
            let c = text[*at..].chars().next().unwrap_or(' ');
            format!("it has `{c}`")
        }
        Error::NumberExpected(_) => "a number is missing before a unit".to_owned(),
        Error::NumberOverflow => "the number is too large".to_owned(),
    };
    format!(
        "\"{text}\" is no duration: {why}\n\
         help: write it like \"30s\", \"1 day\" or \"2h 30m\"; the units are ms, s, m (minutes), \
         h, days, weeks, months and years"
    )
}

pub(crate) fn number_as_duration(number: &str) -> String {
    format!(
        "`{number}` has no unit\n\
         help: write \"{number}s\", \"{number} min\" or another duration; or a \
         `std::time::Duration`"
    )
}

pub(crate) fn unexpected_move() -> String {
    "`move` belongs before the body of a step\nhelp: remove it".to_owned()
}
