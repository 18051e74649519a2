//! No statement reads a table from one end to the other.

use super::Scratch;
use crate::store::sqlite::sql::{Reads, Writes};

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
    // A few runs are sorted, a limited number is counted, and there are sixteen lanes.
    assert_eq!(names, ["few_runs", "count_open", "heads", "insert_cursors"]);
}
