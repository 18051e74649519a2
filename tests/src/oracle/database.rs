//! What a database held at one moment, read by SQL and not by the library under test.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Row, Transaction};
use serde_json::Value;
use uuid::Uuid;

/// What a database held at one moment.
#[derive(Debug)]
pub struct Database {
    /// The runs, oldest first.
    pub runs: Vec<RunRow>,
    /// The log, run by run, in order of `seq`.
    pub log: Vec<LogRow>,
    /// The position of each lane's last event, by the lane's own count.
    pub heads: BTreeMap<u8, u64>,
    /// What became of each tracker's events.
    pub accounts: BTreeMap<String, Balance>,
    /// Per tracker, the events beyond its cursors.
    pub pending: BTreeMap<String, Vec<Uuid>>,
    /// The events that some tracker put aside.
    pub dead: BTreeSet<Uuid>,
    /// The numbers of the runs that have requests in the inbox.
    pub requested: Vec<i64>,
}

/// A run as its row says.
#[derive(Clone, Debug)]
pub struct RunRow {
    /// The store's number.
    pub run_no: i64,
    /// The run's id.
    pub run_id: Uuid,
    /// The workflow's name.
    pub workflow: String,
    /// The id that the user gave, or the run's own.
    pub id: String,
    /// Where it stands, in one word.
    pub status: String,
    /// Its lane.
    pub lane: u8,
}

/// A row of the log.
#[derive(Clone, Debug)]
pub struct LogRow {
    /// The store's number of the run.
    pub run_no: i64,
    /// The row's place in the run.
    pub seq: u64,
    /// The turn that wrote it.
    pub turn: u64,
    /// Its lane.
    pub lane: u8,
    /// Its place in the lane.
    pub pos: u64,
    /// The event's id.
    pub event_id: Uuid,
    /// The event's type.
    pub event_type: String,
    /// The event's own fields.
    pub fields: Value,
    /// What replay needs beside them.
    pub payload: Option<Value>,
}

/// What became of a tracker's events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Events in the log since the tracker's beginning.
    pub accepted: u64,
    /// Those that were acknowledged.
    pub delivered: u64,
    /// Those still to be delivered.
    pub pending: u64,
    /// Those that were refused for good.
    pub quarantined: u64,
    /// Those that became too old.
    pub expired: u64,
}

impl Database {
    /// Whether a process came so far as to make a store of this file.
    pub fn is_there(path: &Path) -> bool {
        let tables = || {
            let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            connection.prepare(RUNS).map(drop)
        };
        let tables: rusqlite::Result<()> = tables();
        tables.is_ok()
    }

    /// Reads the file, which others may be writing.
    ///
    /// # Panics
    ///
    /// Where it cannot be read.
    pub fn read(path: &Path) -> Self {
        let read = || {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let mut connection = Connection::open_with_flags(path, flags)?;
            connection.busy_timeout(Duration::from_secs(10))?;
            let tx = connection.transaction()?;
            Ok(Self {
                runs: list(&tx, RUNS, run)?,
                log: list(&tx, LOG, log_row)?,
                heads: list(&tx, HEADS, |row| Ok((row.get(0)?, number(row, 1)?)))?,
                accounts: list(&tx, ACCOUNTS, account)?,
                pending: gather(list(&tx, PENDING, |row| Ok((row.get(0)?, uuid(row, 1)?)))?),
                dead: list(&tx, DEAD, |row| uuid(row, 0))?,
                requested: list(&tx, REQUESTED, |row| row.get(0))?,
            })
        };
        let read: rusqlite::Result<Self> = read();
        read.unwrap_or_else(|error| panic!("reading {}: {error}", path.display()))
    }

    /// The ids of all events.
    pub fn event_ids(&self) -> Vec<Uuid> {
        self.log.iter().map(|row| row.event_id).collect()
    }

    /// The ids of the events that arrive whole.
    pub fn deliverable(&self) -> Vec<Uuid> {
        let ids = self.event_ids().into_iter();
        ids.filter(|id| !self.dead.contains(id)).collect()
    }

    /// The run with this user's id.
    ///
    /// # Panics
    ///
    /// Where there is none.
    pub fn run(&self, id: &str) -> &RunRow {
        let mut runs = self.runs.iter();
        runs.find(|run| run.id == id)
            .unwrap_or_else(|| panic!("there is no run `{id}`"))
    }

    /// The rows of a run, in order.
    pub fn rows_of<'a>(&'a self, run: &RunRow) -> Vec<&'a LogRow> {
        // They are read in the order of runs.
        let first = self.log.partition_point(|row| row.run_no < run.run_no);
        let rows = self.log[first..].iter();
        rows.take_while(|row| row.run_no == run.run_no).collect()
    }

    /// The types of a run's events, in order.
    pub fn types_of(&self, id: &str) -> Vec<&str> {
        let rows = self.rows_of(self.run(id));
        rows.iter().map(|row| &*row.event_type).collect()
    }

    /// How many events of this type there are whose fields have `name` set to `value`.
    pub fn count(&self, event_type: &str, name: &str, value: &str) -> usize {
        let counted = self
            .log
            .iter()
            .filter(|row| row.event_type == event_type && row.fields[name].as_str() == Some(value));
        counted.count()
    }
}

const RUNS: &str = "SELECT run_no, run_id, workflow, user_id, status, lane FROM runs \
                    ORDER BY run_no";
const LOG: &str = "SELECT run_no, seq, turn, lane, pos, event_id, type, fields, payload FROM log \
                   ORDER BY run_no, seq";
const HEADS: &str = "SELECT lane, head FROM lanes";
const ACCOUNTS: &str = "SELECT tracker, accepted, delivered, pending, quarantined, expired \
                        FROM accounts";
const PENDING: &str = "SELECT tracker, event_id FROM cursors \
                       JOIN log ON log.lane = cursors.lane AND log.pos > cursors.pos";
const DEAD: &str = "SELECT event_id FROM dead_letters JOIN log USING (run_no, seq)";
const REQUESTED: &str = "SELECT DISTINCT run_no FROM inbox";

fn list<T, C: FromIterator<T>>(
    tx: &Transaction<'_>,
    sql: &str,
    map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<C> {
    tx.prepare(sql)?.query_map([], map)?.collect()
}

fn run(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    let run_id = uuid(row, 1)?;
    let user_id: Option<String> = row.get(3)?;
    Ok(RunRow {
        run_no: row.get(0)?,
        run_id,
        workflow: row.get(2)?,
        id: user_id.unwrap_or_else(|| run_id.to_string()),
        status: row.get(4)?,
        lane: row.get(5)?,
    })
}

fn log_row(row: &Row<'_>) -> rusqlite::Result<LogRow> {
    let fields: String = row.get(7)?;
    let payload: Option<Vec<u8>> = row.get(8)?;
    let json = |bytes: &[u8]| serde_json::from_slice(bytes).expect("the log holds JSON");
    Ok(LogRow {
        run_no: row.get(0)?,
        seq: number(row, 1)?,
        turn: number(row, 2)?,
        lane: row.get(3)?,
        pos: number(row, 4)?,
        event_id: uuid(row, 5)?,
        event_type: row.get(6)?,
        fields: json(fields.as_bytes()),
        payload: payload.as_deref().map(json),
    })
}

fn account(row: &Row<'_>) -> rusqlite::Result<(String, Balance)> {
    let balance = Balance {
        accepted: number(row, 1)?,
        delivered: number(row, 2)?,
        pending: number(row, 3)?,
        quarantined: number(row, 4)?,
        expired: number(row, 5)?,
    };
    Ok((row.get(0)?, balance))
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::cast_unsigned)
}

fn uuid(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    row.get(column).map(Uuid::from_bytes)
}

fn gather(pairs: Vec<(String, Uuid)>) -> BTreeMap<String, Vec<Uuid>> {
    let mut gathered: BTreeMap<String, Vec<Uuid>> = BTreeMap::new();
    for (tracker, event) in pairs {
        gathered.entry(tracker).or_default().push(event);
    }
    gathered
}
