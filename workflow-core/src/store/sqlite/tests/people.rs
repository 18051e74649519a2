//! What people see who open the file by hand.

use workflow_tracker::{CursorMove, EventLog as _, StartAt};

use super::{Scratch, shared, wait};
use crate::store::conformance::kit::{committed, create, lease, open, rows, run};

/// The lines of a query's answer, columns apart by `|`.
fn lines(scratch: &Scratch, query: &str) -> Vec<String> {
    let file = scratch.connect();
    let mut statement = file.prepare(query).expect("a query");
    let columns = statement.column_count();
    let line = |row: &rusqlite::Row<'_>| {
        let cells = (0..columns).map(|column| match row.get_ref(column)? {
            rusqlite::types::ValueRef::Integer(number) => Ok(number.to_string()),
            other => Ok(other.as_str().unwrap_or("-").to_owned()),
        });
        let cells: rusqlite::Result<Vec<String>> = cells.collect();
        Ok(cells?.join("|"))
    };
    let lines = statement.query_map([], line).expect("an answer");
    lines.collect::<Result<_, _>>().expect("lines")
}

#[test]
fn the_sum_and_what_is_pending_can_be_asked_by_hand() {
    let scratch = Scratch::new();
    let store = scratch.open();
    let all = shared(&store);
    wait(async {
        let lease = lease(&all).await;
        open(&all, "default", StartAt::End).await;
        committed(&all, create(run(1, &lease), rows(1..=3))).await;
        open(&all, "late", StartAt::End).await;
        committed(&all, create(run(17, &lease), rows(1..=2))).await;
        store.advance(CursorMove {
            tracker: "default".into(),
            lane: 1,
            pos: 4,
        });
        store.settle().await.expect("writable");
    });
    let accounts = "SELECT tracker, accepted, delivered, pending, quarantined, expired \
         FROM accounts ORDER BY tracker";
    assert_eq!(
        lines(&scratch, accounts),
        ["default|5|4|1|0|0", "late|2|0|2|0|0"]
    );
    let pending = "SELECT tracker, lane, pos, seq, type FROM pending";
    assert_eq!(
        lines(&scratch, pending),
        [
            "default|1|5|2|value.recorded",
            "late|1|4|1|value.recorded",
            "late|1|5|2|value.recorded",
        ]
    );
}

#[test]
fn the_log_can_be_read_by_hand() {
    let scratch = Scratch::new();
    let all = shared(&scratch.open());
    wait(async {
        let lease = lease(&all).await;
        committed(&all, create(run(1, &lease), rows(1..=2))).await;
    });
    let events = "SELECT workflow, run, seq, type, occurred_at, fields, payload FROM events";
    assert_eq!(
        lines(&scratch, events),
        [
            r#"checkout|order-1|1|value.recorded|2023-11-14T22:13:20.001Z|{"name":"value 1"}|payload 1"#,
            r#"checkout|order-1|2|value.recorded|2023-11-14T22:13:20.002Z|{"name":"value 2"}|payload 2"#,
        ]
    );
}
