//! What the examples share: printing the log of a run.

use serde_json::Value;
use workflow_core::store::{ReadRows, RunKey, Store};
use workflow_core::{Error, Result, RunId};

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
pub async fn print_events(store: &dyn Store, run: RunId) -> Result<()> {
    let record = store.run(RunKey::Id(run)).await?;
    let record = record.ok_or_else(|| Error::msg(format!("there is no run {run}")))?;
    let read = ReadRows {
        run: record.run,
        after: 0,
        rows_max: 1_000,
    };
    for row in store.rows(read).await? {
        let fields = serde_json::from_str(&row.fields)?;
        let line = format!(
            "{:>3}  {:<19}{}",
            row.seq,
            row.event_type.as_str(),
            shown(&fields)
        );
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
