//! What is due is found, in order; nothing else is.

use std::sync::Arc;

use workflow_tracker::Timestamp;

use super::kit::{
    END, WORKFLOW, at, committed, create, go_on, lease, queue, queued_run, rows, run, run_id,
    start, start_then, take,
};
use crate::id::RunId;
use crate::store::{Change, Claim, Claimable, Due, Lease, NewRun, RunNo, Served, Store};

/// Asks for runs of the usual workflow.
fn asked(lease: &Lease, now: Timestamp, except: Vec<RunNo>) -> Claimable {
    let served = vec![Served::new(WORKFLOW, Some(1))];
    let except = except.into_iter().collect();
    Claimable::new(lease.epoch(), now, served, except)
}

async fn find(store: &Arc<dyn Store>, claimable: Claimable) -> Due {
    store
        .claimable(claimable)
        .await
        .expect("the store can read")
}

/// The runs of the usual workflow that are due at an instant.
pub(super) async fn due_at(store: &Arc<dyn Store>, lease: &Lease, now: u64) -> Vec<RunNo> {
    let due = find(store, asked(lease, at(now), Vec::new())).await;
    due.runs.iter().map(|record| record.run).collect()
}

fn ids(due: &Due) -> Vec<RunId> {
    due.runs.iter().map(|record| record.run_id).collect()
}

async fn wait(store: &Arc<dyn Store>, n: u8, lease: &Lease, until: u64) -> Claim {
    let wake_at = Some(at(until));
    start_then(store, n, lease, Change::Wait { wake_at }).await
}

/// Runs that run under an earlier lease or under none are due; one's own, and those that are
/// blocked, over or wait for no instant, are not.
pub async fn what_nobody_drives_is_due(store: Arc<dyn Store>) {
    let first = lease(&store).await;
    start(&store, 1, &first).await;
    drop(first);
    let second = lease(&store).await;
    start_then(&store, 2, &second, Change::Release).await;
    let released = start(&store, 3, &second).await;
    store.release(released);
    start(&store, 4, &second).await;
    start_then(&store, 5, &second, Change::Block).await;
    start_then(&store, 6, &second, END).await;
    start_then(&store, 7, &second, Change::Wait { wake_at: None }).await;

    let due = find(&store, asked(&second, at(1_000), Vec::new())).await;
    let mut found = ids(&due);
    found.sort_unstable();
    assert_eq!(found, [1, 2, 3].map(run_id));
    assert_eq!((due.more, due.next_at), (false, None));
    let record = due.runs.iter().find(|record| record.run == released.run);
    let direct = super::kit::record(&store, released.run).await;
    assert_eq!(record, Some(&direct));
}

/// Waiting and queued runs are due from their instant on.
pub async fn what_waits_is_due_at_its_instant(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    wait(&store, 1, &lease, 100).await;
    queue(&store, 2, at(200)).await;
    let cases = [
        (99, vec![], Some(100)),
        (100, vec![run_id(1)], Some(200)),
        (199, vec![run_id(1)], Some(200)),
        (200, vec![run_id(1), run_id(2)], None),
    ];
    for (now, expected, next) in cases {
        let due = find(&store, asked(&lease, at(now), Vec::new())).await;
        assert_eq!((ids(&due), due.next_at), (expected, next.map(at)), "{now}");
    }
}

/// A run that was taken, or is over, is due no more.
pub async fn what_is_taken_is_due_no_more(store: Arc<dyn Store>) {
    let first = lease(&store).await;
    let old = start(&store, 1, &first).await;
    drop(first);
    let second = lease(&store).await;
    let released = start_then(&store, 2, &second, Change::Release).await;
    let waiting = wait(&store, 3, &second, 10).await;
    let queued = queue(&store, 4, at(10)).await;
    let all = async || find(&store, asked(&second, at(100), Vec::new())).await;
    assert_eq!(ids(&all().await), [2, 1, 3, 4].map(run_id));

    let mut taken = Vec::new();
    for last in [old, released, waiting, queued] {
        taken.push(committed(&store, take(last, &second)).await.claim);
    }
    assert_eq!(all().await, Due::default());
    for (claim, seq) in taken.into_iter().zip([2, 3, 3, 2]) {
        committed(&store, go_on(claim, rows([seq])).with_change(END)).await;
    }
    drop(second);
    let third = lease(&store).await;
    let due = find(&store, asked(&third, at(100), Vec::new())).await;
    assert_eq!(due, Due::default());
}

/// Running ones come first, then those whose instant was earliest.
pub async fn running_ones_come_first_then_the_longest_waiting(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    wait(&store, 1, &lease, 300).await;
    queue(&store, 2, at(200)).await;
    wait(&store, 3, &lease, 100).await;
    queue(&store, 4, at(400)).await;
    start_then(&store, 5, &lease, Change::Release).await;
    let due = find(&store, asked(&lease, at(1_000), Vec::new())).await;
    assert_eq!(ids(&due), [5, 3, 2, 1, 4].map(run_id));
}

/// Names and versions both count, and runs of other workflows neither show nor wake anybody.
pub async fn only_served_workflows_are_due(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let of = |n, workflow: &str, version, wake_at| NewRun {
        workflow: workflow.into(),
        version,
        ..queued_run(n, at(wake_at))
    };
    let released = |n, workflow: &str, version| NewRun {
        workflow: workflow.into(),
        version,
        ..run(n, &lease)
    };
    for queued in [
        of(1, "refund", Some(1), 10),
        of(2, WORKFLOW, Some(2), 10),
        of(3, WORKFLOW, None, 10),
        of(4, WORKFLOW, Some(1), 10),
        of(5, "refund", Some(1), 50),
        of(6, WORKFLOW, Some(1), 60),
    ] {
        committed(&store, create(queued, rows([1]))).await;
    }
    for running in [released(7, "refund", Some(1)), released(8, WORKFLOW, None)] {
        let claim = committed(&store, create(running, rows([1]))).await.claim;
        committed(&store, go_on(claim, rows([2])).with_change(Change::Release)).await;
    }
    let due = find(&store, asked(&lease, at(20), Vec::new())).await;
    assert_eq!((ids(&due), due.next_at), (vec![run_id(4)], Some(at(60))));

    let mut both = asked(&lease, at(20), Vec::new());
    both.workflows = vec![Served::new("refund", Some(1)), Served::new(WORKFLOW, None)];
    let due = find(&store, both).await;
    let expected = [7, 8, 1, 3].map(run_id).to_vec();
    assert_eq!((ids(&due), due.next_at), (expected, Some(at(50))));

    let mut none = asked(&lease, at(20), Vec::new());
    none.workflows = Vec::new();
    assert_eq!(find(&store, none).await, Due::default());
}

/// Runs that the engine knows are left out, however many they are.
pub async fn known_runs_are_left_out(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let waiting = wait(&store, 1, &lease, 100).await;
    queue(&store, 2, at(50)).await;
    let released = start_then(&store, 3, &lease, Change::Release).await;
    let later = queue(&store, 4, at(500)).await;
    queue(&store, 5, at(600)).await;
    let mut except: Vec<_> = (1_000..9_000).map(RunNo).collect();
    except.extend([waiting.run, released.run, later.run]);
    let due = find(&store, asked(&lease, at(200), except)).await;
    assert_eq!((ids(&due), due.next_at), (vec![run_id(2)], Some(at(600))));
}

/// The limit counts all kinds together, and the answer says whether it left any out.
pub async fn no_more_than_asked_for_and_whether_there_are_more(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    start_then(&store, 1, &lease, Change::Release).await;
    wait(&store, 2, &lease, 20).await;
    queue(&store, 3, at(10)).await;
    let order = [1, 3, 2].map(run_id);
    for runs_max in 0..=4 {
        let mut limited = asked(&lease, at(100), Vec::new());
        limited.runs_max = runs_max;
        let due = find(&store, limited).await;
        assert_eq!(ids(&due), order[..runs_max.min(3)]);
        assert_eq!(due.more, runs_max < 3, "{runs_max}");
    }
}

/// A limit of one workflow holds back its own runs and no others; in all, those that wait longest
/// come first.
pub async fn a_workflow_can_be_asked_for_with_a_limit(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    for (n, workflow, wake_at) in [
        (1, WORKFLOW, 10),
        (2, WORKFLOW, 20),
        (3, "refund", 30),
        (4, WORKFLOW, 40),
        (5, "refund", 50),
        (6, WORKFLOW, 200),
    ] {
        let queued = NewRun {
            workflow: workflow.into(),
            ..queued_run(n, at(wake_at))
        };
        committed(&store, create(queued, rows([1]))).await;
    }
    let cases = [
        (2, 9, vec![1, 2, 3, 5], true),
        (3, 9, vec![1, 2, 3, 4, 5], false),
        (0, 9, vec![3, 5], true),
        (1, 2, vec![1, 3], true),
    ];
    for (of_one, in_all, expected, more) in cases {
        let mut limited = asked(&lease, at(100), Vec::new());
        limited.workflows.push(Served::new("refund", Some(1)));
        limited.workflows[0].runs_max = of_one;
        limited.runs_max = in_all;
        let due = find(&store, limited).await;
        let expected: Vec<_> = expected.into_iter().map(run_id).collect();
        assert_eq!((ids(&due), due.more), (expected, more), "{of_one} {in_all}");
        assert_eq!(due.next_at, Some(at(200)));
    }
}

/// The next instant is that of the earliest run that is not due yet.
pub async fn the_next_instant_is_the_earliest_later_one(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let empty = find(&store, asked(&lease, at(0), Vec::new())).await;
    assert_eq!(empty, Due::default());
    queue(&store, 1, at(300)).await;
    let waiting = wait(&store, 2, &lease, 200).await;
    wait(&store, 3, &lease, 100).await;
    let next_at = async |now| find(&store, asked(&lease, now, Vec::new())).await.next_at;
    assert_eq!(next_at(at(100)).await, Some(at(200)));
    committed(&store, take(waiting, &lease)).await;
    assert_eq!(next_at(at(100)).await, Some(at(300)));
    assert_eq!(next_at(at(300)).await, None);
}
