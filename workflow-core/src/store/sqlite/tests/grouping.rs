//! What shares a transaction, and what costs none.

use std::time::Instant;

use workflow_tracker::{CursorMove, EventLog as _, OpenCursor, ReadLane, StartAt};

use super::{Scratch, shared, wait};
use crate::store::conformance::kit::{
    END, committed, create, go_on, lease, open, rows, run, start,
};
use crate::store::{SqliteOptions, SqliteStore, Store, Synchronous};

/// The transactions of one act.
fn transactions<T>(store: &SqliteStore, act: impl Future<Output = T>) -> (u64, T) {
    let before = store.counters();
    let output = wait(act);
    let after = store.counters();
    (after.transactions - before.transactions, output)
}

fn to(pos: u64) -> CursorMove {
    CursorMove {
        tracker: "a".into(),
        lane: 1,
        pos,
    }
}

fn cursor(store: &SqliteStore) -> u64 {
    let positions = wait(store.positions("a"));
    positions.expect("the tracker was opened")[1].cursor
}

#[test]
fn three_steps_cost_four_transactions() {
    let scratch = Scratch::new();
    let store = scratch.open();
    let steps = shared(&store);
    let lease = wait(lease(&steps));
    let before = store.counters();
    let (cost, ()) = transactions(&store, async {
        let claim = committed(&steps, create(run(1, &lease), rows([1, 2]))).await;
        let claim = claim.claim;
        committed(&steps, go_on(claim, rows([3, 4]))).await;
        committed(&steps, go_on(claim, rows([5, 6]))).await;
        committed(&steps, go_on(claim, rows([7, 8])).with_change(END)).await;
    });
    assert_eq!(cost, 4);
    assert_eq!(store.counters().rows - before.rows, 8);
}

#[test]
fn callers_that_wait_share_a_transaction() {
    let scratch = Scratch::new();
    let store = scratch.open();
    let lease = wait(lease(&shared(&store)));
    let other = scratch.connect();
    other
        .execute_batch("BEGIN IMMEDIATE")
        .expect("the lock is free");
    let before = store.counters().transactions;
    // The first one's transaction waits for the lock; the others come in the meantime.
    let callers: Vec<_> = (0..50)
        .map(|n| store.commit(vec![create(run(n, &lease), rows([1]))]))
        .collect();
    other.execute_batch("COMMIT").expect("the lock is held");
    for caller in callers {
        let results = wait(caller).expect("the store can write");
        assert!(results[0].is_ok());
    }
    let cost = store.counters().transactions - before;
    assert!(cost <= 3, "50 callers needed {cost} transactions");
}

#[test]
fn a_tracker_that_is_opened_in_a_commits_transaction_begins_after_it() {
    let scratch = Scratch::new();
    let store = scratch.open();
    let lease = wait(lease(&shared(&store)));
    let other = scratch.connect();
    other
        .execute_batch("BEGIN IMMEDIATE")
        .expect("the lock is free");
    // The first waits for the lock; the other three share a transaction.
    let first = store.commit(vec![create(run(1, &lease), rows([1]))]);
    let second = store.commit(vec![create(run(17, &lease), rows([1]))]);
    let opened = store.open_cursor(OpenCursor::new("a", StartAt::End));
    let third = store.commit(vec![create(run(33, &lease), rows([1]))]);
    other.execute_batch("COMMIT").expect("the lock is held");
    for commit in [first, second, third] {
        assert!(wait(commit).expect("the store can write")[0].is_ok());
    }
    let opened = wait(opened).expect("the store can write")[1];
    assert_eq!((opened.cursor, opened.head), (2, 2));
    assert_eq!(cursor(&store), 2);
}

#[test]
fn reading_costs_no_transaction() {
    let scratch = Scratch::new();
    let store = scratch.open();
    let all = shared(&store);
    let (lease, _) = wait(async { (lease(&all).await, open(&all, "a", StartAt::End).await) });
    wait(start(&all, 1, &lease));
    let (cost, ()) = transactions(&store, async {
        store.changes().await.expect("readable");
        store.read(ReadLane::new(1, 0)).await.expect("readable");
        store.account("a").await.expect("readable");
        store.settle().await.expect("nothing is to be written");
    });
    // What `settle` commits is empty.
    assert!(cost <= 1);
}

#[test]
fn a_commit_does_not_write_a_cursor_that_has_just_moved_and_others_do() {
    let scratch = Scratch::new();
    let store = scratch.open();
    let all = shared(&store);
    let lease = wait(lease(&all));
    let _ = wait(open(&all, "a", StartAt::Beginning));
    let begun = Instant::now();
    let (cost, _) = transactions(&store, async {
        store.advance(to(1));
        start(&all, 1, &lease).await
    });
    let recorded = cursor(&store);
    // On a machine that took too long the move joined the commit or went alone, as it should.
    if begun.elapsed().as_millis() < 200 {
        assert_eq!((cost, recorded), (1, 0));
    }
    let _ = wait(open(&all, "b", StartAt::Beginning));
    assert_eq!(cursor(&store), 1);
}

#[test]
fn dropping_the_store_records_what_was_delivered() {
    let scratch = Scratch::new();
    let store = scratch.open();
    let all = shared(&store);
    let lease = wait(lease(&all));
    let _ = wait(open(&all, "a", StartAt::Beginning));
    wait(start(&all, 1, &lease));
    store.advance(to(1));
    drop((store, all));
    assert_eq!(cursor(&scratch.open()), 1);
}

#[test]
fn without_syncs_what_is_read_for_delivery_is_made_durable_first() {
    let scratch = Scratch::new();
    let options = SqliteOptions::new().synchronous(Synchronous::Normal);
    let store = options.open(scratch.path()).expect("the store opens");
    let store = std::sync::Arc::new(store);
    let all = shared(&store);
    let lease = wait(lease(&all));
    let syncs = || -> i64 {
        let syncs = "SELECT coalesce(max(value), 0) FROM meta WHERE key = 'syncs'";
        let syncs = scratch.connect().query_row(syncs, [], |row| row.get(0));
        syncs.expect("readable")
    };
    let read = |lane| {
        let events = wait(store.read(ReadLane::new(lane, 0)));
        events.expect("readable").len()
    };
    wait(async {
        start(&all, 1, &lease).await;
        start(&all, 2, &lease).await;
    });
    assert_eq!((syncs(), read(3), syncs()), (0, 0, 0));
    assert_eq!((read(1), syncs()), (1, 1));
    // The same sync covered the other lane.
    assert_eq!((read(1), read(2), syncs()), (1, 1, 1));
    wait(start(&all, 17, &lease));
    assert_eq!((read(1), syncs()), (2, 2));
}
