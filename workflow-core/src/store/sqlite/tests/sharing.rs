//! Several stores on one file, in one process and in several.

use std::sync::Arc;

use super::crash::Child;
use super::{Scratch, is_pending, shared, wait};
use crate::store::conformance::kit::{
    at, committed, create, lease, queue, queued_run, rows, start,
};
use crate::store::{NewRequest, Refused, RequestKind, RunKey, SqliteStore, Store};

#[test]
fn changes_shows_what_others_write_and_not_what_it_writes_itself() {
    let scratch = Scratch::new();
    let (store, other) = (scratch.open(), scratch.open());
    let changes = || wait(store.changes()).expect("readable");
    let all = shared(&store);
    let lease = wait(lease(&all));
    let first = changes();
    let own = wait(start(&all, 1, &lease));
    assert_eq!(changes(), first);
    wait(queue(&shared(&other), 2, at(0)));
    let second = changes();
    assert_ne!(second, first);
    wait(store.run(RunKey::No(own.run))).expect("readable");
    assert_eq!(changes(), second);
    let kind = RequestKind::Cancel { reason: None };
    let cancel = NewRequest {
        run: own.run,
        kind,
        at: at(1),
    };
    wait(other.request(cancel)).expect("writable");
    assert_ne!(changes(), second);
    assert_eq!(wait(store.requests(0)).expect("readable").len(), 1);
}

#[test]
fn two_stores_write_one_log() {
    let scratch = Scratch::new();
    let (store, other) = (shared(&scratch.open()), shared(&scratch.open()));
    for n in 0..20 {
        let writer = if n % 2 == 0 { &store } else { &other };
        let mut queued = queued_run(n, at(0));
        queued.lane = 3;
        let done = wait(committed(writer, create(queued, rows([1]))));
        assert_eq!(done.pos, u64::from(n) + 1);
    }
    let again = create(queued_run(0, at(0)), rows([1]));
    let again = wait(other.commit(vec![again])).expect("writable");
    assert!(matches!(again[..], [Err(Refused::Exists(_))]));
}

#[test]
fn two_stores_on_one_file_have_one_lease() {
    let scratch = Scratch::new();
    let link = scratch.0.path().join("link.db");
    let store = shared(&scratch.open());
    #[cfg(unix)]
    std::os::unix::fs::symlink(scratch.path(), &link).expect("links can be made");
    #[cfg(not(unix))]
    let link = scratch.path();
    let other: Arc<dyn Store> = Arc::new(SqliteStore::open(link).expect("the store opens"));

    let held = wait(lease(&store));
    assert!(
        wait(other.try_lease())
            .expect("it can be asked for")
            .is_none()
    );
    let mut waiting = other.lease();
    assert!(is_pending(&mut waiting));
    drop(held);
    let taken = wait(waiting).expect("the lock can be taken");
    assert!(
        wait(store.try_lease())
            .expect("it can be asked for")
            .is_none()
    );
    drop(taken);
    wait(store.lease()).expect("it comes back");
}

#[test]
fn the_lease_goes_behind_what_was_given_back_under_it() {
    let scratch = Scratch::new();
    let (store, other) = (shared(&scratch.open()), shared(&scratch.open()));
    for number in 0..20 {
        let held = wait(store.lease()).expect("the lock can be taken");
        let mut waiting = other.lease();
        assert!(is_pending(&mut waiting));
        let claim = wait(start(&store, number, &held));
        // Keeps the writing thread busy for a moment.
        let busy = store.commit(vec![create(queued_run(100 + number, at(0)), rows([1]))]);
        store.release(claim);
        drop(held);
        let _taken = wait(waiting).expect("the lock can be taken");
        let record = wait(other.run(RunKey::No(claim.run))).expect("readable");
        assert_eq!(record.expect("it is there").owner, None);
        drop(busy);
    }
}

#[test]
fn the_holder_is_a_process() {
    let scratch = Scratch::new();
    let store = shared(&scratch.open());
    let held = wait(lease(&store));
    let holder = wait(scratch.open().holder()).expect("it can be asked for");
    let words = format!(
        "process {} (engine {}, since ",
        std::process::id(),
        held.epoch()
    );
    let holder = holder.expect("there is one");
    assert!(holder.starts_with(&words), "{holder}");
}

#[test]
fn the_lease_of_a_killed_process_is_free_at_once() {
    let scratch = Scratch::new();
    let mut child = Child::start(&scratch, 1);
    child.read_line();
    let store = shared(&scratch.open());
    let held = wait(store.try_lease()).expect("it can be asked for");
    assert!(held.is_none(), "the child holds it");
    let holder = wait(store.holder()).expect("it can be asked for");
    let words = format!("process {} ", child.id());
    assert!(holder.is_some_and(|holder| holder.starts_with(&words)));
    let mut waiting = store.lease();
    assert!(is_pending(&mut waiting));
    child.kill();
    let taken = wait(waiting).expect("the lock can be taken");
    wait(start(&store, 1, &taken));
}

#[test]
fn the_lease_does_not_come_to_a_store_that_is_gone() {
    let scratch = Scratch::new();
    let store = shared(&scratch.open());
    let held = wait(lease(&store));
    let gone = scratch.open();
    let mut waiting = gone.lease();
    assert!(is_pending(&mut waiting));
    drop(waiting);
    drop(gone);
    drop(held);
    wait(store.lease()).expect("the thread that waited for the other one gives it back");
}
