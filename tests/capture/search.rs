//! Looks for texts in everything that a database holds.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// Columns that hold values by design: they are the journal's.
const JOURNAL: [(&str, &str); 2] = [("log", "payload"), ("inbox", "body")];

/// Everything in the tables of a database, a line for each value: what events show, and what the
/// journal keeps for replay.
pub(crate) struct Contents {
    pub(crate) shown: String,
    pub(crate) journal: String,
}

pub(crate) fn contents(path: &Path) -> Contents {
    let database = Connection::open(path).expect("the store is a database");
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table'";
    let mut tables = database.prepare(tables).expect("a schema");
    let tables = tables.query_map([], |row| row.get(0)).expect("tables");
    let tables: Vec<String> = tables.collect::<Result<_, _>>().expect("names");
    assert!(tables.iter().any(|table| table == "dead_letters"));
    let mut contents = Contents {
        shown: String::new(),
        journal: String::new(),
    };
    for table in tables {
        contents.read(&database, &table);
    }
    contents
}

impl Contents {
    fn read(&mut self, database: &Connection, table: &str) {
        let rows = database.prepare(&format!("SELECT * FROM {table}"));
        let mut rows = rows.expect("a table");
        let names = rows.column_names();
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let mut rows = rows.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            for (index, column) in names.iter().enumerate() {
                let value = text(row.get_ref(index).expect("a value"));
                let line = format!("{table}.{column}: {value}\n");
                if JOURNAL.contains(&(table, column)) {
                    self.journal.push_str(&line);
                } else {
                    self.shown.push_str(&line);
                }
            }
        }
    }
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        other => format!("{other:?}"),
    }
}
