//! A full disk, a lock and damage are errors, and pass.

use std::sync::Arc;
use std::time::Duration;

use workflow_tracker::{CursorMove, EventLog as _, StartAt};

use super::{Scratch, is_pending, shared, wait};
use crate::store::conformance::kit::{
    at, commit_one, create, go_on, lease, numbers, open, queued_run, row, rows, run, run_id, start,
};
use crate::store::{
    CommitResult, Refused, RunCommit, RunKey, SqliteOptions, SqliteStore, Store, StoreError,
    StoreErrorKind,
};

/// How many pages the file has now.
fn pages(scratch: &Scratch) -> u32 {
    let pages = "PRAGMA page_count";
    let pages = scratch.connect().query_row(pages, [], |row| row.get(0));
    pages.expect("readable")
}

/// A commit that needs hundreds of pages.
fn large(mut commit: RunCommit) -> RunCommit {
    let rows = Arc::make_mut(&mut commit.rows);
    rows[0].payload = Some(vec![0; 1024 * 1024]);
    commit
}

fn kind(result: &Result<Vec<CommitResult>, StoreError>) -> Option<StoreErrorKind> {
    result.as_ref().err().map(StoreError::kind)
}

#[test]
fn a_full_disk_is_an_error_until_there_is_space() {
    let scratch = Scratch::new();
    let store = scratch.open();
    let all = shared(&store);
    let lease = wait(lease(&all));
    let claim = wait(start(&all, 1, &lease));
    store.set_pages_max(pages(&scratch));
    let turn = large(go_on(claim, rows([2])));
    let refused = wait(store.commit(vec![turn.clone()]));
    assert_eq!(kind(&refused), Some(StoreErrorKind::Full));
    let message = refused.expect_err("it is full").to_string();
    let expected = format!(
        "cannot write in {}: database or disk is full; free space on its disk, or raise its \
         limit; then it goes on",
        scratch.path().display()
    );
    assert_eq!(message, expected);
    assert_eq!(wait(numbers(&all, claim.run)), [1]);
    let lock = scratch.connect().execute_batch("BEGIN IMMEDIATE; ROLLBACK");
    lock.expect("whoever failed to write does not keep the lock");

    store.set_pages_max(u32::MAX - 1);
    let done = wait(commit_one(&all, turn)).expect("there is space again");
    assert_eq!(done.pos, 2);
    assert_eq!(wait(numbers(&all, claim.run)), [1, 2]);
}

#[test]
fn a_commit_that_does_not_fit_does_not_hold_up_its_group() {
    let scratch = Scratch::new();
    let store = scratch.open();
    let all = shared(&store);
    let lease = wait(lease(&all));
    let claim = wait(start(&all, 1, &lease));
    store.set_pages_max(pages(&scratch) + 20);
    let group = vec![
        go_on(claim, rows([2])),
        large(create(run(2, &lease), rows([1]))),
        go_on(claim, rows([3])),
    ];
    let results = wait(store.commit(group)).expect("some of it fits");
    let failed = |result: &CommitResult| matches!(result, Err(Refused::Failed(error)) if error.kind() == StoreErrorKind::Full);
    assert!(failed(&results[1]), "{:?}", results[1]);
    assert_eq!(results[2].as_ref().map(|done| done.pos), Ok(3));
    assert_eq!(wait(numbers(&all, claim.run)), [1, 2, 3]);
    assert_eq!(wait(store.run(RunKey::Id(run_id(2)))), Ok(None));
}

#[test]
fn a_poisoned_request_does_not_fail_those_of_other_callers() {
    let scratch = Scratch::new();
    let store = scratch.open();
    let all = shared(&store);
    let lease = wait(lease(&all));
    let other = scratch.connect();
    let poison = "CREATE TRIGGER poison BEFORE INSERT ON runs WHEN NEW.user_id = 'order-7' \
         BEGIN SELECT raise(ABORT, 'poison'); END; BEGIN IMMEDIATE";
    other.execute_batch(poison).expect("the lock is free");
    let callers: Vec<_> = (0..20)
        .map(|n| store.commit(vec![create(run(n, &lease), rows([1]))]))
        .collect();
    other.execute_batch("COMMIT").expect("the lock is held");
    for (n, caller) in (0..).zip(callers) {
        let result = wait(caller);
        if n == 7 {
            let error = result.expect_err("it is poisoned");
            assert_eq!(error.kind(), StoreErrorKind::Internal);
            assert!(error.to_string().contains("poison"), "{error}");
        } else {
            assert!(result.expect("it is not poisoned")[0].is_ok(), "{n}");
        }
    }
}

#[test]
fn a_lock_of_another_program_is_waited_for() {
    let scratch = Scratch::new();
    let store = scratch.open();
    let other = scratch.connect();
    other
        .execute_batch("BEGIN IMMEDIATE")
        .expect("the lock is free");
    let mut waiting = store.commit(vec![create(queued_run(1, at(0)), rows([1]))]);
    // Reading goes on in the meantime.
    let all = wait(store.runs(crate::store::RunQuery::default()));
    assert_eq!(all, Ok(Vec::new()));
    assert!(is_pending(&mut waiting));
    other.execute_batch("COMMIT").expect("the lock is held");
    let results = wait(waiting).expect("the lock was given back in time");
    assert!(results[0].is_ok());
}

#[test]
fn a_lock_that_is_held_too_long_is_an_error() {
    let scratch = Scratch::new();
    let options = SqliteOptions::new().busy_timeout(Duration::from_millis(20));
    let store = options.open(scratch.path()).expect("the store opens");
    let other = scratch.connect();
    other
        .execute_batch("BEGIN IMMEDIATE")
        .expect("the lock is free");
    let group = vec![
        create(queued_run(1, at(0)), rows([1])),
        create(queued_run(2, at(0)), rows([1])),
    ];
    let refused = wait(store.commit(group.clone()));
    assert_eq!(kind(&refused), Some(StoreErrorKind::Busy));
    let message = refused.expect_err("it is locked").to_string();
    assert!(
        message.ends_with(
            "database is locked; another program locks the file: end it, or wait for it"
        ),
        "{message}"
    );
    other.execute_batch("COMMIT").expect("the lock is held");
    let results = wait(store.commit(group)).expect("the lock is free");
    assert!(results.iter().all(Result::is_ok));
}

#[test]
fn cursor_moves_outlast_an_error() {
    let scratch = Scratch::new();
    let options = SqliteOptions::new().busy_timeout(Duration::from_millis(20));
    let store = Arc::new(options.open(scratch.path()).expect("the store opens"));
    let all = shared(&store);
    let _ = wait(open(&all, "a", StartAt::Beginning));
    let created = create(queued_run(1, at(0)), rows([1]));
    wait(commit_one(&all, created)).expect("not refused");
    let other = scratch.connect();
    other
        .execute_batch("BEGIN IMMEDIATE")
        .expect("the lock is free");
    store.advance(CursorMove {
        tracker: "a".into(),
        lane: 1,
        pos: 1,
    });
    wait(store.settle()).expect_err("the file is locked");
    other.execute_batch("COMMIT").expect("the lock is held");
    wait(store.settle()).expect("the lock is free");
    let positions = wait(store.positions("a")).expect("it was opened");
    assert_eq!(positions[1].cursor, 1);
}

#[test]
fn damage_is_called_damage() {
    let scratch = Scratch::new();
    let store = scratch.open();
    let all = shared(&store);
    let created = create(queued_run(1, at(0)), vec![row(1)]);
    let run = wait(commit_one(&all, created))
        .expect("not refused")
        .claim
        .run;
    let damaged = "UPDATE runs SET status = 'sideways'; UPDATE log SET type = 'step.dreamt'";
    scratch.connect().execute_batch(damaged).expect("writable");
    let status = wait(store.run(RunKey::No(run))).expect_err("there is no such status");
    assert_eq!(status.kind(), StoreErrorKind::Corrupt);
    let newer = wait(store.last_row(run)).expect_err("there is no such type");
    assert_eq!(newer.kind(), StoreErrorKind::Newer);
    assert!(newer.to_string().contains("`step.dreamt`"), "{newer}");
}

#[test]
fn a_truncated_file_is_refused() {
    let scratch = Scratch::new();
    drop(scratch.open());
    let file = std::fs::OpenOptions::new().write(true).open(scratch.path());
    file.expect("writable").set_len(5_000).expect("writable");
    let error = SqliteStore::open(scratch.path()).expect_err("most of it is gone");
    assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
}
