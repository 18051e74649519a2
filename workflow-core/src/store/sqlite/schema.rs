//! The tables: which version a file has, whether this program may use it, and how it is updated.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::error::Origin;
use crate::store::{StoreError, StoreErrorKind};

/// Each brings the file from the version before it to its own. Never edited once released.
const MIGRATIONS: &[Migration] = &[
    Migration {
        tables: include_str!("migrations/0001.sql"),
        min_reader: 1,
    },
    Migration {
        tables: include_str!("migrations/0002.sql"),
        min_reader: 2,
    },
    Migration {
        tables: include_str!("migrations/0003.sql"),
        min_reader: 2,
    },
    Migration {
        tables: include_str!("migrations/0004.sql"),
        min_reader: 4,
    },
];

/// What marks a `SQLite` file as a workflow store ("wkfl").
const APPLICATION_ID: i32 = 0x776b_666c;

struct Migration {
    tables: &'static str,
    /// The oldest version whose programs can use the file afterwards.
    min_reader: i64,
}

/// What a file is.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Empty,
    Store { schema: i64, min_reader: i64 },
    Foreign,
}

/// Refuses a file that is no store, or that a newer program wrote so that this one cannot use it.
pub(super) fn check(connection: &Connection, origin: &Origin) -> Result<(), StoreError> {
    let found = look(connection).map_err(|error| origin.error("open the store", &error))?;
    refuse(&found, origin)
}

/// Creates the tables or brings them to this program's version.
pub(super) fn migrate(connection: &Connection, origin: &Origin) -> Result<(), StoreError> {
    let failed = |error| origin.error("create or update the tables", &error);
    if version(&look(connection).map_err(failed)?) >= newest() {
        return Ok(());
    }
    connection
        .execute_batch("BEGIN IMMEDIATE")
        .map_err(failed)?;
    let done = migrate_locked(connection, origin);
    let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
    let ended = connection.execute_batch(end).map_err(failed);
    done.and(ended)
}

/// With the lock: another program may have done it, or something else, in the meantime.
fn migrate_locked(connection: &Connection, origin: &Origin) -> Result<(), StoreError> {
    let failed = |error| origin.error("create or update the tables", &error);
    let found = find(connection).map_err(failed)?;
    refuse(&found, origin)?;
    let (schema, numbers) = (version(&found), 1..);
    for (number, migration) in numbers
        .zip(MIGRATIONS)
        .filter(|(number, _)| *number > schema)
    {
        connection.execute_batch(migration.tables).map_err(failed)?;
        record(connection, number, migration.min_reader).map_err(failed)?;
    }
    Ok(())
}

/// What the file is, all at one moment: another program may be creating the tables.
fn look(connection: &Connection) -> rusqlite::Result<Found> {
    let moment = connection.unchecked_transaction()?;
    find(&moment)
}

/// What the file is, inside a transaction.
fn find(connection: &Connection) -> rusqlite::Result<Found> {
    let application: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION_ID {
        let empty = application == 0 && tables == 0;
        return Ok(if empty { Found::Empty } else { Found::Foreign });
    }
    let value = |key: &str| {
        let value = "SELECT value FROM meta WHERE key = ?1";
        connection
            .query_row(value, [key], |row| row.get(0))
            .optional()
    };
    Ok(match (value("schema")?, value("min_reader")?) {
        (Some(schema), Some(min_reader)) => Found::Store { schema, min_reader },
        _ => Found::Foreign,
    })
}

fn refuse(found: &Found, origin: &Origin) -> Result<(), StoreError> {
    let tried = "open the store";
    match *found {
        Found::Store { schema, min_reader } if min_reader > newest() => Err(origin.failed(
            StoreErrorKind::Newer,
            tried,
            format_args!(
                "a newer version wrote it (its tables have version {schema} and need a program \
                 that knows version {min_reader}; this one knows {})",
                newest()
            ),
            "update this program; nothing was changed",
        )),
        Found::Foreign => Err(origin.failed(
            StoreErrorKind::Corrupt,
            tried,
            "it is the database of another program",
            "give the store a file of its own; nothing was changed",
        )),
        Found::Empty | Found::Store { .. } => Ok(()),
    }
}

const fn version(found: &Found) -> i64 {
    match found {
        Found::Store { schema, .. } => *schema,
        Found::Empty | Found::Foreign => 0,
    }
}

fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).expect("there are few migrations")
}

fn record(connection: &Connection, schema: i64, min_reader: i64) -> rusqlite::Result<()> {
    connection.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}"))?;
    let set = "INSERT OR REPLACE INTO meta (key, value) VALUES ('schema', ?1), ('min_reader', ?2)";
    connection.execute(set, params![schema, min_reader])?;
    Ok(())
}
