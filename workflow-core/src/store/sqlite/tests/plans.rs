//! No statement reads a table from one end to the other.

use super::{Scratch, shared, wait};
use crate::store::conformance::kit::{at, commit, create, queued_run, rows};
use crate::store::sqlite::sql::{Reads, Writes};
use crate::store::{RunQuery, RunStatus, Store as _};

/// How each step of a statement finds its rows, as the database plans it.
fn plan(file: &rusqlite::Connection, text: &str) -> Vec<String> {
    let mut plan = file
        .prepare(&format!("EXPLAIN QUERY PLAN {text}"))
        .expect("a statement");
    let steps = plan.raw_query().mapped(|row| row.get(3));
    steps.collect::<Result<_, _>>().expect("a plan")
}

#[test]
fn every_statement_finds_its_rows_by_an_index() {
    let scratch = Scratch::new();
    drop(scratch.open());
    let file = scratch.connect();
    let texts = Reads::TEXTS.iter().chain(Writes::TEXTS);
    let scanning = texts.filter(|(_, text)| {
        let reads_all = |step: &String| step.starts_with("SCAN") || step.contains("TEMP B-TREE");
        plan(&file, text).iter().any(reads_all)
    });
    let names: Vec<_> = scanning.map(|(name, _)| *name).collect();
    // A few runs are sorted, runs are counted by an index, there are sixteen lanes, and trackers
    // are few.
    let small = [
        "few_runs",
        "few_ended_runs",
        "count_open",
        "count_ended",
        "census_of_open",
        "census_of_ended",
        "trackers",
        "gone_run",
        "least_cursors",
        "note_delivered",
        "heads",
        "insert_cursors",
    ];
    assert_eq!(names, small);
}

#[test]
fn runs_of_workflows_that_are_not_asked_for_are_not_looked_at() {
    let scratch = Scratch::new();
    drop(scratch.open());
    let file = scratch.connect();
    for name in ["ownerless_runs", "abandoned_runs", "due_runs", "later_runs"] {
        let found = Reads::TEXTS.iter().find(|(named, _)| *named == name);
        let (_, text) = found.expect("a statement of this name");
        let plan = plan(&file, text).join("; ");
        let found = plan.contains("runs_open (status=? AND workflow=? AND version=? AND owner");
        assert!(found, "{name}: {plan}");
    }
}

#[test]
fn a_list_is_newest_first_however_many_runs_are_open() {
    const RUNS: u128 = 5_500;
    let scratch = Scratch::new();
    let store = scratch.open();
    let queued = |n: u128| {
        let mut run = queued_run(1, at(0));
        run.user_id = None;
        run.run_id = uuid::Uuid::from_u128(n << 8).into();
        create(run, rows([1]))
    };
    wait(commit(&shared(&store), (0..RUNS).map(queued).collect()));
    let query = RunQuery {
        status: Some(RunStatus::Queued),
        runs_max: 3,
        ..RunQuery::default()
    };
    let listed = wait(store.runs(query)).expect("readable");
    let numbers: Vec<_> = listed
        .iter()
        .map(|run| run.run_id.as_uuid().as_u128() >> 8)
        .collect();
    assert_eq!(numbers, [RUNS - 1, RUNS - 2, RUNS - 3]);
}
