//! What the examples share: printing the log of a run.

use serde_json::Value;
use workflow_core::{Result, RunHandle};

/// The fields that are the same every time an example runs: no ids, no instants.
const SHOWN: &[&str] = &[
    "stepName",
    "name",
    "attempt",
    "timeoutMs",
    "willRetry",
    "delayMs",
    "reason",
    "cause",
];

/// Prints the events of a run, one a line, in the order of the log.
///
/// These rows are what a restart replays, and what a tracker is sent.
pub async fn print_events<T>(run: &RunHandle<T>) -> Result<()> {
    for entry in run.events().await? {
        let fields = serde_json::from_str(&entry.event.to_fields())?;
        let event_type = entry.event.event_type();
        let line = format!("{:>3}  {event_type:<19}{}", entry.seq, shown(&fields));
        println!("{}", line.trim_end());
    }
    Ok(())
}

fn shown(fields: &Value) -> String {
    let own = SHOWN.iter().filter_map(|&name| match &fields[name] {
        Value::Null => None,
        Value::String(text) => Some(format!("  {text}")),
        other => Some(format!("  {name} {other}")),
    });
    let error = fields["error"]["message"].as_str();
    own.chain(error.map(|message| format!("  \"{message}\"")))
        .collect()
}

/// The program in the readme, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// The programs in the page on testing, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/testing.md")]
struct Testing;
