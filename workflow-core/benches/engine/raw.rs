//! The limit of the file: the rows of W1, written by hand, by one thread and nothing else.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Statement, params};

use crate::Outcome;

/// Rows of the log that one W1 run writes.
const ROWS_OF_RUN: i64 = 8;
/// About what the fields and the payload of such a row hold.
const FIELDS: &str = r#"{"stepName":"charge","attempt":1,"site":"benches/engine/workflows.rs:37"}"#;
const PAYLOAD: &str = r#"{"id":1042,"status":"accepted","carrier":"north-west","note":"left with the neighbour at number 7"}"#;

/// W1 runs a second: the same tables and indexes, one prepared statement a row, 256 rows of the
/// log a transaction.
pub(crate) fn runs_per_second(path: &Path, during: Duration) -> Outcome<f64> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let mut raw = Raw::prepare(&connection)?;
    let mut runs = 0_u32;
    let begun = Instant::now();
    while begun.elapsed() < during {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for _ in 0..256 / ROWS_OF_RUN {
            raw.run(&connection)?;
            runs += 1;
        }
        connection.execute_batch("COMMIT")?;
    }
    Ok(f64::from(runs) / begun.elapsed().as_secs_f64())
}

struct Raw<'c> {
    run: Statement<'c>,
    row: Statement<'c>,
    head: Statement<'c>,
    ended: Statement<'c>,
    pos: i64,
}

impl<'c> Raw<'c> {
    fn prepare(connection: &'c Connection) -> Outcome<Self> {
        Ok(Self {
            run: connection.prepare(
                "INSERT INTO runs (run_id, workflow, user_id, input_digest, fingerprint, status, \
                 lane, owner, execution, created_at) \
                 VALUES (randomblob(16), 'three', ?1, randomblob(32), 1, 'running', 3, 1, 1, ?2)",
            )?,
            row: connection.prepare(
                "INSERT INTO log (run_no, seq, turn, lane, pos, event_id, type, occurred_at, \
                 recorded_at, format, fields, codec, payload) \
                 VALUES (?1, ?2, 1, 3, ?3, randomblob(16), 'step.started', ?4, ?4, 1, ?5, ?6, ?7)",
            )?,
            head: connection.prepare("UPDATE lanes SET head = ?1 WHERE lane = 3")?,
            ended: connection.prepare(
                "UPDATE runs SET status = 'completed', owner = NULL, finished_at = ?2 \
                 WHERE run_no = ?1",
            )?,
            pos: connection.query_row(
                "SELECT coalesce(max(pos), 0) FROM log WHERE lane = 3",
                [],
                |row| row.get(0),
            )?,
        })
    }

    fn run(&mut self, connection: &Connection) -> Outcome<()> {
        let now = 1_800_000_000_000_i64;
        self.run
            .execute(params![format!("raw-{}", self.pos), now])?;
        let run = connection.last_insert_rowid();
        for seq in 1..=ROWS_OF_RUN {
            self.pos += 1;
            // Every second row of a run is a result.
            let payload = (seq % 2 == 1).then_some(PAYLOAD.as_bytes());
            let codec = payload.map(|_| 1);
            self.row
                .execute(params![run, seq, self.pos, now, FIELDS, codec, payload])?;
        }
        self.head.execute([self.pos])?;
        self.ended.execute(params![run, now])?;
        Ok(())
    }
}
