//! Commits are whole, in order, and apart from each other.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::thread;

use tokio::runtime::Builder;
use workflow_tracker::{LANES, ReadLane};

use super::kit::{
    END, FINGERPRINT, WORKFLOW, at, commit, commit_one, committed, create, go_on, is_fenced, lease,
    numbers, queued_run, read_rows, record, recorded, row, rows, run, run_id, start,
};
use crate::store::{
    Claim, Claimable, CrashCount, Lease, NewRun, Refused, RequestKind, RunKey, RunNo, RunQuery,
    RunRecord, RunStatus, Served, Store,
};

/// What a commit writes is there when it is answered: the record and all rows.
pub async fn a_commit_is_visible_whole(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let done = committed(&store, create(run(5, &lease), rows(1..=3))).await;

    assert_eq!((done.lane, done.pos), (5, 3));
    let claim = Claim {
        run: done.claim.run,
        epoch: lease.epoch(),
        execution: 1,
    };
    assert_eq!(done.claim, claim);
    let expected = RunRecord {
        run: claim.run,
        run_id: run_id(5),
        workflow: WORKFLOW.to_owned(),
        version: Some(1),
        user_id: Some("order-5".to_owned()),
        input_digest: [5; 32],
        fingerprint: FINGERPRINT,
        status: RunStatus::Running,
        wake_at: None,
        lane: 5,
        owner: Some(lease.epoch()),
        execution: 1,
        crashes: CrashCount::default(),
        created_at: at(100),
        finished_at: None,
        parent: None,
        awaits: Vec::new(),
    };
    assert_eq!(record(&store, claim.run).await, expected);
    let expected: Vec<_> = (1..=3).map(|seq| recorded(row(seq), at(100))).collect();
    assert_eq!(read_rows(&store, claim.run, 0, 100).await, expected);
}

/// A run whose first turn is its last needs one commit.
pub async fn a_run_can_begin_and_end_in_one_commit(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let whole = create(run(1, &lease), rows(1..=2)).with_change(END);
    let done = committed(&store, whole).await;
    let record = record(&store, done.claim.run).await;
    assert_eq!(record.status, RunStatus::Completed);
    assert_eq!(record.owner, None);
    assert_eq!(record.finished_at, Some(at(100)));
    assert_eq!(numbers(&store, done.claim.run).await, [1, 2]);
}

/// A commit without a change appends rows and does nothing else.
pub async fn a_plain_commit_leaves_the_record_alone(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let claim = start(&store, 1, &lease).await;
    let before = record(&store, claim.run).await;
    let done = committed(&store, go_on(claim, rows(2..=3))).await;
    assert_eq!((done.claim, done.pos), (claim, 3));
    let nothing = committed(&store, go_on(claim, Vec::new())).await;
    assert_eq!((nothing.claim, nothing.pos), (claim, 0));
    assert_eq!(record(&store, claim.run).await, before);
    assert_eq!(numbers(&store, claim.run).await, [1, 2, 3]);
}

/// A group without commits has no results.
pub async fn an_empty_group_is_no_error(store: Arc<dyn Store>) {
    assert_eq!(commit(&store, Vec::new()).await, []);
}

/// A refused commit changes nothing, and the others of its group happen.
pub async fn a_refused_commit_leaves_the_others_of_its_group(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let first = start(&store, 1, &lease).await;
    let second = start(&store, 2, &lease).await;
    let stale = Claim {
        execution: 7,
        ..first
    };
    let group = vec![
        go_on(first, rows([2])),
        go_on(stale, rows([3])).with_change(END),
        create(run(2, &lease), rows([1])),
        go_on(second, rows([2])),
        create(run(3, &lease), rows([1])),
    ];
    let results = commit(&store, group).await;

    assert!(is_fenced(&results[1]), "{:?}", results[1]);
    let exists = matches!(&results[2], Err(Refused::Exists(taken)) if taken.run == second.run);
    assert!(exists, "{:?}", results[2]);
    let done = [0, 3, 4].map(|index: usize| results[index].as_ref().ok().map(|done| done.pos));
    assert_eq!(done, [Some(2), Some(2), Some(1)]);
    assert_eq!(numbers(&store, first.run).await, [1, 2]);
    assert_eq!(numbers(&store, second.run).await, [1, 2]);
    assert_eq!(record(&store, first.run).await.status, RunStatus::Running);
    let all = store.runs(RunQuery::default()).await.expect("readable");
    assert_eq!(all.len(), 3);
}

/// Each commit of a group sees what those before it did.
pub async fn commits_of_a_group_happen_in_order(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let claim = start(&store, 1, &lease).await;
    let group = vec![
        create(run(2, &lease), rows([1])),
        create(run(2, &lease), rows([1])),
        go_on(claim, rows([2])),
        go_on(claim, rows([3])).with_change(END),
        go_on(claim, rows([4])),
    ];
    let results = commit(&store, group).await;
    assert!(matches!(results[1], Err(Refused::Exists(_))));
    assert!(is_fenced(&results[4]));
    assert_eq!(numbers(&store, claim.run).await, [1, 2, 3]);
}

/// A log has no gap and no row twice, whatever the engine does.
pub async fn rows_that_do_not_continue_the_log_are_refused(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let claim = start(&store, 1, &lease).await;
    let group = vec![
        go_on(claim, rows([3])),
        go_on(claim, rows([1])),
        go_on(claim, rows([2, 4])),
        create(run(2, &lease), rows([2])),
        go_on(claim, rows([2, 3])),
    ];
    let results = commit(&store, group).await;
    for refused in &results[..4] {
        assert!(matches!(refused, Err(Refused::Failed(_))), "{refused:?}");
    }
    assert_eq!(results[4].as_ref().map(|done| done.pos), Ok(3));
    assert_eq!(numbers(&store, claim.run).await, [1, 2, 3]);
    let second = store.run(RunKey::Id(run_id(2))).await.expect("readable");
    assert_eq!(second, None);
}

/// Within a lane the order of commits is the order of positions, whichever run they are of.
pub async fn positions_are_contiguous_in_the_order_of_commits(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let (one, same_lane, other) = (
        start(&store, 1, &lease).await,
        start(&store, 17, &lease).await,
        start(&store, 2, &lease).await,
    );
    let group = vec![
        go_on(same_lane, rows([2])),
        go_on(other, rows([2, 3])),
        go_on(one, rows([2])),
        go_on(same_lane, rows([3, 4])),
    ];
    let results = commit(&store, group).await;
    let places = results.iter().map(|result| {
        let done = result.as_ref().expect("not refused");
        (done.lane, done.pos)
    });
    let places: Vec<_> = places.collect();
    assert_eq!(places, [(1, 3), (2, 3), (1, 4), (1, 6)]);

    let events = store.read(ReadLane::new(1, 0)).await.expect("readable");
    let order = events
        .iter()
        .map(|event| (event.pos, event.run_id, event.seq));
    let (one, same_lane) = (run_id(1).as_uuid(), run_id(17).as_uuid());
    let expected = [
        (1, one, 1),
        (2, same_lane, 1),
        (3, same_lane, 2),
        (4, one, 2),
        (5, same_lane, 3),
        (6, same_lane, 4),
    ];
    assert_eq!(order.collect::<Vec<_>>(), expected);
}

/// Whoever commits at the same time, lanes have no gap and runs their order.
pub async fn committers_on_many_threads_leave_no_gap(store: Arc<dyn Store>) {
    const THREADS: u8 = 8;
    const RUNS: u8 = 20;
    let lease = Arc::new(lease(&store).await);
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (store, lease) = (Arc::clone(&store), Arc::clone(&lease));
            let numbers = thread * RUNS..(thread + 1) * RUNS;
            thread::spawn(move || numbers.for_each(|n| drive(&store, n, &lease)))
        })
        .collect();
    for thread in threads {
        thread.join().expect("all commits were made");
    }

    let mut last_seq = BTreeMap::new();
    for lane in 0..LANES {
        let mut read = ReadLane::new(lane, 0);
        read.events_max = usize::MAX;
        read.bytes_max = usize::MAX;
        let events = store.read(read).await.expect("readable");
        for (event, pos) in events.iter().zip(1..) {
            let last = last_seq.insert(event.run_id, event.seq).unwrap_or(0);
            assert_eq!((event.pos, event.seq), (pos, last + 1));
        }
    }
    let complete = last_seq.values().filter(|last| **last == 5).count();
    assert_eq!(complete, usize::from(THREADS * RUNS));
}

/// Drives a run through four commits, on a thread of its own.
fn drive(store: &Arc<dyn Store>, n: u8, lease: &Lease) {
    let runtime = Builder::new_current_thread().build();
    runtime
        .expect("a runtime needs only memory")
        .block_on(async {
            let claim = start(store, n, lease).await;
            committed(store, go_on(claim, rows([2]))).await;
            committed(store, go_on(claim, rows([3, 4]))).await;
            committed(store, go_on(claim, rows([5])).with_change(END)).await;
        });
}

/// Fields and payloads of 8 MiB come back as they were.
pub async fn large_payloads_come_back(store: Arc<dyn Store>) {
    const BYTES: usize = 8 * 1024 * 1024;
    let lease = lease(&store).await;
    let mut large = row(1);
    large.fields = format!("{{\"text\":\"{}\"}}", "x".repeat(BYTES));
    large.payload = Some((0..=250).cycle().take(BYTES).collect());
    let mut empty = row(2);
    empty.payload = Some(Vec::new());
    let mut none = row(3);
    none.payload = None;
    let written = vec![large, empty, none];
    let claim = committed(&store, create(run(1, &lease), written.clone())).await;
    let read = read_rows(&store, claim.claim.run, 0, 10).await;
    let expected: Vec<_> = written
        .into_iter()
        .map(|row| recorded(row, at(100)))
        .collect();
    assert!(read == expected, "a large row came back changed");
}

/// Names are data: no character in them means anything to the store.
pub async fn names_hold_any_characters(store: Arc<dyn Store>) {
    let long = "ü".repeat(512 * 1024);
    let names = [
        "",
        " ",
        "it's",
        "\"quoted\"",
        "a\0b",
        "a\0c",
        "名前 🦀",
        "%_*?[]",
        "'; DROP TABLE runs; --",
        "line\nbreak",
        "\\u0000",
        &long,
    ];
    for (n, name) in (1..).zip(names) {
        check_name(&store, n, name).await;
    }
    let all = store.runs(RunQuery::default()).await.expect("readable");
    assert_eq!(all.len(), names.len());
}

async fn check_name(store: &Arc<dyn Store>, n: u8, name: &str) {
    let named = NewRun {
        workflow: name.into(),
        user_id: Some(name.to_owned()),
        ..queued_run(n, at(0))
    };
    let created = committed(store, create(named.clone(), rows([1]))).await;
    let run = created.claim.run;
    let again = commit_one(store, create(named, rows([1]))).await;
    assert!(matches!(again, Err(Refused::Exists(taken)) if taken.run == run));

    let key = RunKey::UserId {
        workflow: name.to_owned(),
        id: name.to_owned(),
    };
    let found = store.run(key).await.expect("readable").expect("it exists");
    assert_eq!((found.run, &*found.workflow), (run, name));
    assert_eq!(found.user_id.as_deref(), Some(name));

    let query = RunQuery {
        workflow: Some(name.to_owned()),
        ..RunQuery::default()
    };
    let listed = store.runs(query).await.expect("readable");
    assert_eq!(listed, [found]);
    check_due(store, run, name).await;

    let reason = Some(name.to_owned());
    let kind = RequestKind::Cancel { reason };
    super::inbox::ask(store, run, kind.clone()).await;
    let inbox = store.inbox(run).await.expect("readable");
    assert_eq!(inbox.first().map(|request| &request.kind), Some(&kind));
}

async fn check_due(store: &Arc<dyn Store>, run: RunNo, workflow: &str) {
    let served = vec![Served::new(workflow, Some(1))];
    let claimable = Claimable::new(u64::MAX >> 1, at(10), served, HashSet::new());
    let due = store.claimable(claimable).await.expect("readable");
    let runs: Vec<_> = due.runs.iter().map(|record| record.run).collect();
    assert_eq!(runs, [run]);
}
