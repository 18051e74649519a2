//! What the database says, read by plain SQL from a read-only connection.

use std::collections::HashSet;
use std::path::Path;

use rusqlite::{Connection, Error, OpenFlags, Result, Row};

use crate::ledger::StepName;

pub(crate) struct Database {
    connection: Connection,
}

/// Events, by the positions of the log's lanes and of the tracker's cursors in them.
pub(crate) struct Account {
    pub(crate) accepted: usize,
    pub(crate) delivered: usize,
    pub(crate) pending: usize,
}

/// Runs, by where they stand.
pub(crate) struct Runs {
    pub(crate) completed: usize,
    /// Executing when the file was written last.
    pub(crate) running: usize,
    /// Asleep, or between two attempts of a step.
    pub(crate) waiting: usize,
}

const ACCOUNT: &str = "SELECT sum(head - start), sum(pos - start), sum(head - pos) \
     FROM cursors JOIN lanes USING (lane)";
const COMMITTED_STEPS: &str = "SELECT run, fields ->> 'stepName', fields ->> 'key' \
     FROM events WHERE type = 'step.completed'";
const EVENT_IDS: &str = "SELECT lower(hex(event_id)) FROM log";
const RUNS: &str = "SELECT count(*) FILTER (WHERE status = 'completed'), \
     count(*) FILTER (WHERE status = 'running'), count(*) FILTER (WHERE status = 'waiting') \
     FROM runs";

impl Database {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        Ok(Self { connection })
    }

    pub(crate) fn account(&self) -> Result<Account> {
        self.connection.query_row(ACCOUNT, [], |row| {
            Ok(Account {
                accepted: count(row, 0)?,
                delivered: count(row, 1)?,
                pending: count(row, 2)?,
            })
        })
    }

    /// The steps whose result is in the log: they must never be executed again.
    pub(crate) fn committed_steps(&self) -> Result<Vec<StepName>> {
        self.list(COMMITTED_STEPS, |row| {
            Ok(StepName {
                order: row.get(0)?,
                step: row.get(1)?,
                key: row.get(2)?,
            })
        })
    }

    /// The ids of all events, as hexadecimal digits.
    pub(crate) fn event_ids(&self) -> Result<HashSet<String>> {
        let ids = self.list(EVENT_IDS, |row| row.get(0))?;
        Ok(ids.into_iter().collect())
    }

    pub(crate) fn runs(&self) -> Result<Runs> {
        self.connection.query_row(RUNS, [], |row| {
            Ok(Runs {
                completed: count(row, 0)?,
                running: count(row, 1)?,
                waiting: count(row, 2)?,
            })
        })
    }

    fn list<T>(&self, sql: &str, read: impl Fn(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map([], read)?;
        rows.collect()
    }
}

fn count(row: &Row<'_>, column: usize) -> Result<usize> {
    let number: i64 = row.get(column)?;
    usize::try_from(number).map_err(|_| Error::IntegralValueOutOfRange(column, number))
}
