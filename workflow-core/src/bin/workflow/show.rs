//! Prints one run with what happened in it.

use serde_json::{Value, json};
use workflow_core::store::{ReadRows, Row, Store};
use workflow_core::{RunRecord, Timestamp};

use crate::find::{self, title};
use crate::{Outcome, list};

/// Rows that are read at once.
const ROWS_MAX: usize = 1_000;

pub(crate) async fn run(store: &impl Store, name: &str, as_lines: bool) -> Outcome {
    let run = find::run(store, name).await?;
    if as_lines {
        println!("{}", list::as_json(&run));
    } else {
        head(&run);
    }
    let mut after = 0;
    loop {
        let read = ReadRows {
            run: run.run,
            after,
            rows_max: ROWS_MAX,
        };
        let rows = store.rows(read).await.map_err(|error| error.to_string())?;
        for row in &rows {
            after = row.seq;
            let line = if as_lines {
                as_json(row)?.to_string()
            } else {
                line(row, run.created_at)?
            };
            println!("{line}");
        }
        if rows.len() < ROWS_MAX {
            return Ok(());
        }
    }
}

fn head(run: &RunRecord) {
    println!("{}  {}", title(run), run.status);
    println!("run {}, created {}", run.run_id, run.created_at);
    if let Some(version) = run.version {
        println!("version {version}");
    }
    if let Some(at) = run.wake_at {
        println!("wakes {at}");
    }
}

fn fields(row: &Row) -> Result<Value, String> {
    let fields = serde_json::from_str(&row.fields);
    fields.map_err(|error| format!("event {} cannot be read: {error}", row.seq))
}

fn as_json(row: &Row) -> Result<Value, String> {
    Ok(json!({
        "seq": row.seq,
        "type": row.event_type.as_str(),
        "at": row.occurred_at,
        "fields": fields(row)?,
    }))
}

/// `   1.204s  step.completed  charge #2  in 12 ms`.
fn line(row: &Row, began: Timestamp) -> Result<String, String> {
    let fields = fields(row)?;
    let since = row.occurred_at.since(began).as_secs_f64();
    let mut line = format!("{since:>10.3}s  {:18}", row.event_type.as_str());
    let text = |field: &str| fields.get(field).map(plain);
    if let Some(name) = text("stepName").or_else(|| text("name")) {
        line = format!("{line}  {name}");
    }
    for (field, before, after) in [
        ("key", "[", "]"),
        ("attempt", " #", ""),
        ("durationMs", "  in ", " ms"),
        ("reason", "  ", ""),
        ("cause", "  by ", ""),
        ("resumeAt", "  until ", ""),
        ("nextAttemptAt", "  next ", ""),
    ] {
        if let Some(value) = text(field) {
            line = format!("{line}{before}{value}{after}");
        }
    }
    if let Some(message) = fields.pointer("/error/message") {
        line = format!("{line}  {}", plain(message));
    }
    if let Some(place) = fields.pointer("/error/stack") {
        line = format!("{line}  at {}", plain(place));
    }
    Ok(line.trim_end().to_owned())
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
