//! What must be true of the side effects: no code runs again after its result was committed.

use std::collections::BTreeMap;

use super::database::{Database, LogRow};
use super::ledger::Execution;
use super::runs::operation;

/// What the log says about one step.
#[derive(Default)]
struct Logged {
    attempts: usize,
    /// The execution whose result the log holds.
    result_of: Option<u64>,
}

/// Everything that is wrong with the side effects.
pub(super) fn problems(database: &Database, executions: &[Execution]) -> Vec<String> {
    let logged = logged(database);
    let mut executed: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for execution in executions {
        let numbers = executed.entry(&execution.step).or_default();
        numbers.push(execution.number);
    }
    let mut wrong: Vec<_> = two_at_once(executions).into_iter().collect();
    for (step, numbers) in &executed {
        wrong.extend(problem(step, numbers, logged.get(*step)));
    }
    for (step, logged) in &logged {
        if logged.result_of.is_some() && !executed.contains_key(step.as_str()) {
            wrong.push(format!("{step} has a result without an execution"));
        }
    }
    wrong
}

/// The lines are numbered by whoever writes them, so that two processes that execute at the same
/// time give a number twice.
fn two_at_once(executions: &[Execution]) -> Option<String> {
    let mut numbered = (1..).zip(executions);
    let (line, execution) = numbered.find(|(line, execution)| execution.number != *line)?;
    Some(format!("{execution:?} is in line {line}"))
}

fn problem(step: &str, numbers: &[u64], logged: Option<&Logged>) -> Option<String> {
    let Some(logged) = logged else {
        return Some(format!("{step} was executed before it was started"));
    };
    let (times, attempts) = (numbers.len(), logged.attempts);
    if times > attempts {
        return Some(format!("{step}: {times} executions in {attempts} attempts"));
    }
    let last = numbers.last().copied();
    match logged.result_of {
        Some(_) if logged.result_of != last => Some(format!(
            "{step} was executed again after its commit: executions {numbers:?}, result of {:?}",
            logged.result_of
        )),
        _ => None,
    }
}

fn logged(database: &Database) -> BTreeMap<String, Logged> {
    let runs: BTreeMap<_, _> = database
        .runs
        .iter()
        .map(|run| (run.run_no, run.run_id))
        .collect();
    let mut logged: BTreeMap<String, Logged> = BTreeMap::new();
    for row in &database.log {
        let Some(name) = operation(row) else { continue };
        let step = format!("{}/{name}", runs[&row.run_no]);
        match row.event_type.as_str() {
            "step.started" => logged.entry(step).or_default().attempts += 1,
            "step.completed" => logged.entry(step).or_default().result_of = result_of(row),
            _ => {}
        }
    }
    logged
}

/// The execution whose result a row holds, where the step's code says it.
fn result_of(row: &LogRow) -> Option<u64> {
    row.payload.as_ref()?.get("execution")?.as_u64()
}
