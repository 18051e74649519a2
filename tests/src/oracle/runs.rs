//! What must be true of each run's log.

use std::collections::{BTreeMap, BTreeSet};

use super::database::{Database, LogRow, RunRow};

/// The types with which a run ends, and the status that goes with each.
const ENDS: [(&str, &str); 3] = [
    ("workflow.completed", "completed"),
    ("workflow.failed", "failed"),
    ("workflow.cancelled", "cancelled"),
];

/// Everything that is wrong with the logs of the runs.
pub(super) fn problems(database: &Database) -> Vec<String> {
    let mut wrong = Vec::new();
    for run in &database.runs {
        let rows = database.rows_of(run);
        let rules = [
            whole, in_order, one_start, one_end, resumed, attempts, steps,
        ];
        for rule in rules {
            let found = rule(run, &rows).into_iter();
            wrong.extend(found.map(|problem| format!("run `{}`: {problem}", run.id)));
        }
        if status_ends(&run.status) && database.requested.contains(&run.run_no) {
            wrong.push(format!(
                "run `{}` ended with a request in its inbox",
                run.id
            ));
        }
    }
    wrong.extend(lanes(database));
    let ids: BTreeSet<_> = database.event_ids().into_iter().collect();
    if ids.len() != database.log.len() {
        wrong.push("two events have the same id".to_owned());
    }
    wrong
}

/// Whether a run with this status has ended.
pub(super) fn status_ends(status: &str) -> bool {
    ENDS.iter().any(|(_, end)| *end == status)
}

/// Which operation a row is of, as its idempotency key names it.
pub(super) fn operation(row: &LogRow) -> Option<String> {
    let text = |name: &str| row.fields[name].as_str();
    let name = text("stepName").filter(|_| !row.event_type.starts_with("workflow."))?;
    let path = text("path").unwrap_or_default();
    let key = text("key").map(|key| format!("[{key}]"));
    let ordinal = row.fields["ordinal"].as_u64().map(|n| format!("#{n}"));
    let (key, ordinal) = (key.unwrap_or_default(), ordinal.unwrap_or_default());
    Some(format!("{path}{name}{key}{ordinal}"))
}

fn ends(row: &LogRow) -> bool {
    ENDS.iter().any(|(end, _)| *end == row.event_type)
}

fn whole(_: &RunRow, rows: &[&LogRow]) -> Vec<String> {
    let seqs: Vec<_> = rows.iter().map(|row| row.seq).collect();
    let expected: Vec<_> = (1..).take(rows.len()).collect();
    let hole = (seqs != expected).then(|| format!("seq {seqs:?}"));
    hole.into_iter().collect()
}

/// Turns, and places in the one lane, only grow.
fn in_order(run: &RunRow, rows: &[&LogRow]) -> Vec<String> {
    let pairs = rows.windows(2).map(|pair| (pair[0], pair[1]));
    let back = pairs.filter(|(one, next)| next.turn < one.turn || next.pos <= one.pos);
    let back = back.map(|(one, next)| format!("seq {} and {} go back", one.seq, next.seq));
    let astray = rows.iter().filter(|row| row.lane != run.lane);
    let astray = astray.map(|row| format!("seq {} is in lane {}", row.seq, row.lane));
    back.chain(astray).collect()
}

fn one_start(run: &RunRow, rows: &[&LogRow]) -> Vec<String> {
    let of_type = |wanted: &str| -> Vec<u64> {
        let found = rows.iter().filter(|row| row.event_type == wanted);
        found.map(|row| row.seq).collect()
    };
    let (queued, started) = (of_type("workflow.queued"), of_type("workflow.started"));
    let right = match (&queued[..], &started[..]) {
        // Cancelled in the queue, or still there.
        ([1], []) => run.status == "queued" || (run.status == "cancelled" && rows.len() == 2),
        ([], [1]) | ([1], [2]) => true,
        _ => false,
    };
    let wrong = (!right).then(|| format!("queued at seq {queued:?}, started at seq {started:?}"));
    wrong.into_iter().collect()
}

/// At most one outcome, which is last and agrees with the status.
fn one_end(run: &RunRow, rows: &[&LogRow]) -> Vec<String> {
    let found: Vec<_> = rows.iter().filter(|row| ends(row)).collect();
    let expected = ENDS.iter().find(|(_, status)| *status == run.status);
    let right = match (&found[..], expected) {
        ([], None) => true,
        ([end], Some((expected, _))) => end.event_type == *expected && end.seq == rows.len() as u64,
        _ => false,
    };
    let outcomes: Vec<_> = found.iter().map(|row| (row.seq, &row.event_type)).collect();
    let wrong = (!right).then(|| format!("{} with outcomes {outcomes:?}", run.status));
    wrong.into_iter().collect()
}

/// After a pause the run first says that it goes on, and only then.
fn resumed(_: &RunRow, rows: &[&LogRow]) -> Vec<String> {
    let mut wrong = Vec::new();
    for pair in rows.windows(2) {
        let (one, next) = (pair[0], pair[1]);
        let paused = one.event_type == "workflow.paused";
        let waited = next.event_type == "workflow.resumed"
            && matches!(next.fields["cause"].as_str(), Some("sleep" | "retry"));
        let fits = match (paused, next.event_type.as_str()) {
            (true, "workflow.resumed" | "workflow.cancelled" | "workflow.blocked") => true,
            (true, _) => false,
            (false, _) => !waited,
        };
        if !fits {
            wrong.push(format!(
                "seq {} is {} after {}",
                next.seq, next.event_type, one.event_type
            ));
        }
    }
    wrong
}

/// How far a step has come.
#[derive(Default)]
struct Step {
    attempt: u64,
    running: bool,
    ended: bool,
}

/// Attempts are counted from 1, each is begun once and ends at most once, and nothing follows a
/// step's result.
fn attempts(_: &RunRow, rows: &[&LogRow]) -> Vec<String> {
    let mut steps: BTreeMap<String, Step> = BTreeMap::new();
    let mut wrong = Vec::new();
    for row in rows {
        let Some(name) = operation(row) else { continue };
        let step = steps.entry(name.clone()).or_default();
        let attempt = row.fields["attempt"].as_u64();
        let right = match row.event_type.as_str() {
            "step.started" => {
                step.attempt += 1;
                step.running = true;
                !step.ended && attempt == Some(step.attempt)
            }
            "step.completed" => {
                let running = std::mem::take(&mut step.running);
                running
                    && !std::mem::replace(&mut step.ended, true)
                    && attempt == Some(step.attempt)
            }
            "step.failed" => {
                let running = std::mem::take(&mut step.running);
                step.ended = row.fields["willRetry"] == false;
                running && attempt == Some(step.attempt)
            }
            _ => true,
        };
        if !right {
            let (seq, kind) = (row.seq, &row.event_type);
            wrong.push(format!(
                "seq {seq}: {kind} of `{name}`, attempt {attempt:?}"
            ));
        }
    }
    wrong
}

/// An outcome lists the steps that the log completed, in order.
fn steps(_: &RunRow, rows: &[&LogRow]) -> Vec<String> {
    let completed = rows.iter().filter(|row| row.event_type == "step.completed");
    let completed: Vec<_> = completed
        .map(|row| row.fields["stepName"].clone())
        .collect();
    let end = rows.iter().find(|row| ends(row));
    let listed = end.and_then(|row| row.fields["completedSteps"].as_array());
    let wrong = listed.filter(|listed| **listed != completed);
    let wrong = wrong.map(|listed| format!("{listed:?} are listed, {completed:?} completed"));
    wrong.into_iter().collect()
}

/// The places of a lane are 1, 2, 3 … up to its head.
fn lanes(database: &Database) -> Vec<String> {
    let mut places: BTreeMap<u8, BTreeSet<u64>> = BTreeMap::new();
    for row in &database.log {
        places.entry(row.lane).or_default().insert(row.pos);
    }
    let mut wrong = Vec::new();
    for (lane, head) in &database.heads {
        let found = places.remove(lane).unwrap_or_default();
        if !found.iter().copied().eq(1..=*head) {
            wrong.push(format!("lane {lane} with head {head} holds {found:?}"));
        }
    }
    wrong
}
