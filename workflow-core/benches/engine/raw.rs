//! The limit of the file: the rows of W1, written by hand, by one thread and nothing else.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Statement, params};

use crate::Outcome;
use crate::latency::Latencies;

/// Rows of the log that one W1 run writes.
const ROWS_OF_RUN: i64 = 8;
/// And in how many transactions.
const COMMITS_OF_RUN: i64 = 4;
/// About what the fields and the payload of such a row hold.
const FIELDS: &str = r#"{"stepName":"charge","attempt":1,"site":"benches/engine/workflows.rs:37"}"#;
const NOW: i64 = 1_800_000_000_000;
const PAYLOAD: &str = r#"{"id":1042,"status":"accepted","carrier":"north-west","note":"left with the neighbour at number 7"}"#;

/// The same tables and indexes as the engine's, one prepared statement a row.
pub(crate) struct File {
    connection: Connection,
}

impl File {
    pub(crate) fn open(path: &Path) -> Outcome<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        Ok(Self { connection })
    }

    /// W1 runs a second, with 256 rows of the log a transaction.
    pub(crate) fn runs_per_second(&self, during: Duration) -> Outcome<f64> {
        let mut raw = Raw::prepare(&self.connection)?;
        let mut runs = 0_u32;
        let begun = Instant::now();
        while begun.elapsed() < during {
            self.transaction(|| {
                for _ in 0..256 / ROWS_OF_RUN {
                    raw.begin()?;
                    raw.rows(1, ROWS_OF_RUN)?;
                    raw.end()?;
                    runs += 1;
                }
                Ok(())
            })?;
        }
        Ok(f64::from(runs) / begun.elapsed().as_secs_f64())
    }

    /// How long W1 runs take one after the other, in as many transactions as the engine's.
    pub(crate) fn one_by_one(&self, during: Duration) -> Outcome<Latencies> {
        const ROWS: i64 = ROWS_OF_RUN / COMMITS_OF_RUN;
        let mut raw = Raw::prepare(&self.connection)?;
        let mut latencies = Latencies::default();
        let begun = Instant::now();
        while begun.elapsed() < during {
            let before = Instant::now();
            for commit in 0..COMMITS_OF_RUN {
                self.transaction(|| {
                    if commit == 0 {
                        raw.begin()?;
                    }
                    raw.rows(commit * ROWS + 1, ROWS)?;
                    if commit == COMMITS_OF_RUN - 1 {
                        raw.end()?;
                    }
                    Ok(())
                })?;
            }
            latencies.add(before.elapsed());
        }
        Ok(latencies)
    }

    fn transaction(&self, write: impl FnOnce() -> Outcome<()>) -> Outcome<()> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        write()?;
        Ok(self.connection.execute_batch("COMMIT")?)
    }
}

struct Raw<'c> {
    connection: &'c Connection,
    run: Statement<'c>,
    row: Statement<'c>,
    head: Statement<'c>,
    ended: Statement<'c>,
    run_no: i64,
    pos: i64,
}

impl<'c> Raw<'c> {
    fn prepare(connection: &'c Connection) -> Outcome<Self> {
        Ok(Self {
            connection,
            run_no: 0,
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

    fn begin(&mut self) -> Outcome<()> {
        let id = format!("raw-{}", self.pos);
        self.run.execute(params![id, NOW])?;
        self.run_no = self.connection.last_insert_rowid();
        Ok(())
    }

    /// Adds so many rows to the run that was begun last.
    fn rows(&mut self, first: i64, rows: i64) -> Outcome<()> {
        for seq in first..first + rows {
            self.pos += 1;
            // Every second row of a run is a result.
            let payload = (seq % 2 == 1).then_some(PAYLOAD.as_bytes());
            let codec = payload.map(|_| 1);
            let values = params![self.run_no, seq, self.pos, NOW, FIELDS, codec, payload];
            self.row.execute(values)?;
        }
        self.head.execute([self.pos])?;
        Ok(())
    }

    fn end(&mut self) -> Outcome<()> {
        self.ended.execute(params![self.run_no, NOW])?;
        Ok(())
    }
}
