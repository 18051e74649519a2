//! What may be opened and what is refused, unharmed.

use std::fs;
use std::path::Path;
use std::sync::Barrier;
use std::thread;

use super::{Scratch, shared, wait};
use crate::store::conformance::kit::{committed, create, lease, numbers, rows, run};
use crate::store::{RunKey, SqliteStore, StoreError, StoreErrorKind};

fn refused(path: &Path) -> StoreError {
    SqliteStore::open(path).expect_err("this cannot be opened")
}

/// The error, without the path of the folder.
fn message(error: &StoreError, scratch: &Scratch) -> String {
    let folder = scratch.0.path().display().to_string();
    error.to_string().replace(&folder, "…")
}

#[test]
fn what_was_committed_is_there_after_reopening() {
    let scratch = Scratch::new();
    let store = shared(&scratch.open());
    let (run_no, before) = wait(async {
        let lease = lease(&store).await;
        let done = committed(&store, create(run(1, &lease), rows(1..=3))).await;
        let run_no = done.claim.run;
        (run_no, store.run(RunKey::No(run_no)).await)
    });
    drop(store);
    let store = shared(&scratch.open());
    assert_eq!(wait(store.run(RunKey::No(run_no))), before);
    assert_eq!(wait(numbers(&store, run_no)), [1, 2, 3]);
}

#[test]
fn dropping_the_store_closes_the_file() {
    let scratch = Scratch::new();
    let store = scratch.open();
    let companions = ["store.db-wal", "store.db-shm"].map(|name| scratch.0.path().join(name));
    assert!(companions.iter().all(|path| path.exists()));
    drop(store);
    assert!(!companions.iter().any(|path| path.exists()));
}

#[test]
fn a_folder_is_no_file() {
    let scratch = Scratch::new();
    let error = refused(scratch.0.path());
    assert_eq!(
        message(&error, &scratch),
        "cannot open the store in …: it is a folder; name a file inside it"
    );
}

#[test]
fn a_missing_folder_is_named() {
    let scratch = Scratch::new();
    let error = refused(&scratch.0.path().join("missing/store.db"));
    assert_eq!(
        message(&error, &scratch),
        "cannot open the store in …/missing/store.db: there is no folder …/missing; create it first"
    );
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let scratch = Scratch::new();
    let text = "dear diary, ".repeat(1_000);
    fs::write(scratch.path(), &text).expect("writable");
    let error = refused(&scratch.path());
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    assert_eq!(
        message(&error, &scratch),
        "cannot open the store in …/store.db: file is not a database; the file is damaged or is \
         no workflow store: check it with `PRAGMA integrity_check`, and restore a copy"
    );
    assert_eq!(fs::read_to_string(scratch.path()).expect("readable"), text);
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    let scratch = Scratch::new();
    let tables = "CREATE TABLE customers (name TEXT); INSERT INTO customers VALUES ('Ada');";
    scratch.connect().execute_batch(tables).expect("writable");
    let before = fs::read(scratch.path()).expect("readable");
    let error = refused(&scratch.path());
    assert_eq!(
        message(&error, &scratch),
        "cannot open the store in …/store.db: it is the database of another program; give the \
         store a file of its own; nothing was changed"
    );
    assert_eq!(fs::read(scratch.path()).expect("readable"), before);
}

#[test]
fn a_newer_file_is_refused_with_a_sentence() {
    let scratch = Scratch::new();
    drop(scratch.open());
    let newer = "UPDATE meta SET value = 9 WHERE key = 'schema'; \
         UPDATE meta SET value = 7 WHERE key = 'min_reader';";
    scratch.connect().execute_batch(newer).expect("writable");
    let error = refused(&scratch.path());
    assert_eq!(error.kind(), StoreErrorKind::Newer);
    assert_eq!(
        message(&error, &scratch),
        "cannot open the store in …/store.db: a newer version wrote it (its tables have version 9 \
         and need a program that knows version 7; this one knows 4); update this program; nothing \
         was changed"
    );
}

#[test]
fn a_newer_file_that_older_programs_can_use_is_opened() {
    let scratch = Scratch::new();
    drop(scratch.open());
    let newer = "UPDATE meta SET value = 9 WHERE key = 'schema'";
    scratch.connect().execute_batch(newer).expect("writable");
    drop(scratch.open());
    let schema = "SELECT value FROM meta WHERE key = 'schema'";
    let schema = scratch.connect().query_row(schema, [], |row| row.get(0));
    assert_eq!(schema, Ok(9));
}

#[test]
fn a_name_that_means_something_to_sqlite_is_a_file() {
    let scratch = Scratch::new();
    for name in [":memory:", "file:store.db?mode=memory", "%20.db"] {
        let path = scratch.0.path().join(name);
        drop(SqliteStore::open(&path).expect("it is a name like any other"));
        assert!(path.is_file(), "{name}");
    }
}

#[test]
fn many_can_open_a_new_file_at_once() {
    const THREADS: usize = 8;
    for _ in 0..5 {
        let scratch = Scratch::new();
        let barrier = Barrier::new(THREADS);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    barrier.wait();
                    drop(scratch.open());
                });
            }
        });
        let lanes = "SELECT count(*) FROM lanes";
        let lanes = scratch.connect().query_row(lanes, [], |row| row.get(0));
        assert_eq!(lanes, Ok(16));
    }
}

#[test]
fn an_older_file_in_another_journal_mode_is_opened() {
    let scratch = Scratch::new();
    drop(scratch.open());
    let mode = |pragma| -> String {
        let mode = scratch.connect().query_row(pragma, [], |row| row.get(0));
        mode.expect("the mode can be read")
    };
    assert_eq!(mode("PRAGMA journal_mode = DELETE"), "delete");
    drop(scratch.open());
    assert_eq!(mode("PRAGMA journal_mode"), "wal");
}
