//! A run has one start, one driver at a time and one end.

use std::sync::Arc;

use super::kit::{
    END, WORKFLOW, at, commit, commit_one, committed, create, go_on, is_fenced, lease, numbers,
    queue, queued_run, record, rows, run, run_id, start, start_then, take,
};
use crate::store::{
    Change, Claim, CrashCount, EndStatus, NewRun, Refused, RunCommit, RunKey, RunNo, RunQuery,
    RunRecord, RunStatus, Store, Target,
};

/// Where a run stands: status, owner, execution, instant of waking, instant of its end.
fn standing(record: &RunRecord) -> (RunStatus, Option<u64>, u64, Option<u64>, Option<u64>) {
    let millis = |time: Option<workflow_tracker::Timestamp>| {
        time.map(|time| time.since(at(0)).as_millis().try_into().expect("small"))
    };
    (
        record.status,
        record.owner,
        record.execution,
        millis(record.wake_at),
        millis(record.finished_at),
    )
}

/// A (workflow, user id) pair names one run; the second start is told which.
pub async fn a_user_id_names_one_run_of_a_workflow(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let first = start(&store, 1, &lease).await;
    let with_id = |n, workflow: &str, id: Option<&str>| NewRun {
        workflow: workflow.into(),
        user_id: id.map(str::to_owned),
        ..run(n, &lease)
    };
    let group = vec![
        create(with_id(2, "checkout", Some("order-1")), rows([1])),
        create(with_id(3, "refund", Some("order-1")), rows([1])),
        create(with_id(4, "checkout", None), rows([1])),
        create(with_id(5, "checkout", None), rows([1])),
    ];
    let results = commit(&store, group).await;
    let existing = record(&store, first.run).await;
    assert_eq!(results[0], Err(Refused::Exists(Box::new(existing))));
    assert!(results[1..].iter().all(Result::is_ok), "{results:?}");
}

/// A start that is repeated with the same run id finds its run.
pub async fn a_run_id_names_one_run(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let anonymous = NewRun {
        user_id: None,
        ..run(1, &lease)
    };
    let first = committed(&store, create(anonymous.clone(), rows([1]))).await;
    let again = commit_one(&store, create(anonymous, rows([1]))).await;
    let existing = record(&store, first.claim.run).await;
    assert_eq!(again, Err(Refused::Exists(Box::new(existing))));
}

/// Only the current claim can write.
pub async fn a_commit_under_another_claim_is_fenced(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let claim = start(&store, 1, &lease).await;
    let others = [
        Claim {
            epoch: claim.epoch + 1,
            ..claim
        },
        Claim {
            execution: 2,
            ..claim
        },
        Claim {
            run: RunNo(claim.run.0 + 1),
            ..claim
        },
        Claim {
            run: RunNo(-1),
            ..claim
        },
    ];
    for other in others {
        let result = commit_one(&store, go_on(other, rows([2])).with_change(END)).await;
        assert!(is_fenced(&result), "{other:?}: {result:?}");
    }
    assert_eq!(numbers(&store, claim.run).await, [1]);
}

/// A run ends once: no claim and no take writes to it afterwards.
pub async fn a_commit_on_a_run_that_ended_is_fenced(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    for (n, status) in (1..).zip([
        EndStatus::Completed,
        EndStatus::Failed,
        EndStatus::Cancelled,
    ]) {
        let end = Change::End {
            status,
            unless_cancelled: false,
        };
        let claim = start_then(&store, n, &lease, end).await;
        let group = vec![
            go_on(claim, rows([3])),
            go_on(claim, rows([3])).with_change(END),
            take(claim, &lease),
        ];
        assert!(commit(&store, group).await.iter().all(is_fenced));
        let found = standing(&record(&store, claim.run).await);
        assert_eq!(found, (status.into(), None, 1, None, Some(200)));
        assert_eq!(numbers(&store, claim.run).await, [1, 2]);
    }
}

/// What is queued, waits, is blocked or was given back can be taken.
pub async fn a_run_that_nobody_drives_can_be_taken(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let wake_at = Some(at(50));
    let ownerless = [
        queue(&store, 1, at(50)).await,
        start_then(&store, 2, &lease, Change::Wait { wake_at }).await,
        start_then(&store, 3, &lease, Change::Wait { wake_at: None }).await,
        start_then(&store, 4, &lease, Change::Block).await,
        start_then(&store, 5, &lease, Change::Release).await,
    ];
    for last in ownerless {
        let taken = committed(&store, take(last, &lease)).await.claim;
        let expected = Claim {
            run: last.run,
            epoch: lease.epoch(),
            execution: last.execution + 1,
        };
        assert_eq!(taken, expected);
        let found = standing(&record(&store, last.run).await);
        let running = (RunStatus::Running, Some(lease.epoch()), taken.execution);
        assert_eq!(found, (running.0, running.1, running.2, None, None));
        assert!(is_fenced(&commit_one(&store, take(last, &lease)).await));
    }
}

/// A run whose engine is gone can be taken, and its old claim is worth nothing then.
pub async fn a_run_of_an_earlier_lease_can_be_taken(store: Arc<dyn Store>) {
    let first = lease(&store).await;
    let old = start(&store, 1, &first).await;
    drop(first);
    let second = lease(&store).await;
    let new = committed(&store, take(old, &second)).await.claim;
    assert_eq!((new.epoch, new.execution), (second.epoch(), 2));
    let group = vec![go_on(old, rows([2])), go_on(new, rows([2]))];
    let results = commit(&store, group).await;
    assert!(is_fenced(&results[0]) && results[1].is_ok(), "{results:?}");
}

/// An engine does not take what it drives itself, nor what a later one drives.
pub async fn a_run_of_the_same_lease_cannot_be_taken(store: Arc<dyn Store>) {
    let first = lease(&store).await;
    let claim = start(&store, 1, &first).await;
    assert!(is_fenced(&commit_one(&store, take(claim, &first)).await));
    let early = take(claim, &first);
    drop(first);
    let second = lease(&store).await;
    let taken = committed(&store, take(claim, &second)).await.claim;
    let late = RunCommit {
        target: match early.target {
            Target::Take {
                run,
                epoch,
                fingerprint,
                crashes,
                ..
            } => Target::Take {
                run,
                execution: taken.execution,
                epoch,
                fingerprint,
                crashes,
            },
            other => other,
        },
        ..early
    };
    assert!(is_fenced(&commit_one(&store, late).await));
}

/// A take names the last claim; one that is out of date is refused.
pub async fn a_take_counts_from_the_last_claim(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let wait = Change::Wait { wake_at: None };
    let claim = start_then(&store, 1, &lease, wait).await;
    for execution in [0, 2] {
        let wrong = Claim { execution, ..claim };
        assert!(is_fenced(&commit_one(&store, take(wrong, &lease)).await));
    }
    let unknown = Claim {
        run: RunNo(99),
        ..claim
    };
    assert!(is_fenced(&commit_one(&store, take(unknown, &lease)).await));
    let taken = take(claim, &lease).with_change(wait);
    let again = committed(&store, taken).await.claim;
    let found = standing(&record(&store, claim.run).await);
    assert_eq!(found, (RunStatus::Waiting, None, 2, None, None));
    assert!(is_fenced(&commit_one(&store, take(claim, &lease)).await));
    assert!(commit_one(&store, take(again, &lease)).await.is_ok());
}

/// A take records the code that took, and the crash count where it is given.
pub async fn a_take_records_who_took(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let mut last = start_then(&store, 1, &lease, Change::Release).await;
    let counted = CrashCount {
        count: 2,
        at_seq: 1,
    };
    let cases = [
        (7, Some(counted), counted),
        (u64::MAX, None, counted),
        (0, Some(CrashCount::default()), CrashCount::default()),
    ];
    for (fingerprint, crashes, expected) in cases {
        let target = Target::Take {
            run: last.run,
            execution: last.execution,
            epoch: lease.epoch(),
            fingerprint,
            crashes,
        };
        let taken = RunCommit::new(target, Vec::new(), at(300)).with_change(Change::Release);
        last = committed(&store, taken).await.claim;
        let found = record(&store, last.run).await;
        assert_eq!((found.fingerprint, found.crashes), (fingerprint, expected));
    }
}

/// Each change leads where it says.
pub async fn a_change_moves_the_run(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let wake_at = Some(at(50));
    let cases = [
        (Change::Wait { wake_at }, RunStatus::Waiting, Some(50), None),
        (
            Change::Wait { wake_at: None },
            RunStatus::Waiting,
            None,
            None,
        ),
        (Change::Block, RunStatus::Blocked, None, None),
        (Change::Release, RunStatus::Running, None, None),
        (END, RunStatus::Completed, None, Some(200)),
    ];
    for (n, (change, status, wakes, ended)) in (1..).zip(cases) {
        let claim = start_then(&store, n, &lease, change).await;
        let found = standing(&record(&store, claim.run).await);
        assert_eq!(found, (status, None, 1, wakes, ended));
        assert!(is_fenced(
            &commit_one(&store, go_on(claim, rows([3]))).await
        ));
    }
    let queued = record(&store, queue(&store, 9, at(70)).await.run).await;
    assert_eq!(
        standing(&queued),
        (RunStatus::Queued, None, 0, Some(70), None)
    );
    let first_turn = create(queued_run(10, at(0)), rows([1])).with_change(END);
    let ended = committed(&store, first_turn).await.claim;
    assert_eq!(record(&store, ended.run).await.status, RunStatus::Completed);
}

/// A claim that was given back writes no more, and the run stays running without owner.
pub async fn a_released_claim_is_gone(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let claim = start(&store, 1, &lease).await;
    store.release(claim);
    assert!(is_fenced(
        &commit_one(&store, go_on(claim, rows([2]))).await
    ));
    let found = standing(&record(&store, claim.run).await);
    assert_eq!(found, (RunStatus::Running, None, 1, None, None));
    assert!(commit_one(&store, take(claim, &lease)).await.is_ok());
}

/// Giving back a claim that is not current does nothing.
pub async fn a_stale_release_is_ignored(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let old = start(&store, 1, &lease).await;
    store.release(old);
    let new = committed(&store, take(old, &lease)).await.claim;
    let ended = start_then(&store, 2, &lease, END).await;
    let unknown = Claim {
        run: RunNo(99),
        ..old
    };
    let other_lease = Claim {
        epoch: new.epoch + 1,
        ..new
    };
    for stale in [old, ended, unknown, other_lease] {
        store.release(stale);
    }
    committed(&store, go_on(new, rows([2]))).await;
    let all = store.runs(RunQuery::default()).await.expect("readable");
    let statuses: Vec<_> = all.iter().map(|run| (run.run_id, run.status)).collect();
    let expected = [
        (run_id(2), RunStatus::Completed),
        (run_id(1), RunStatus::Running),
    ];
    assert_eq!(statuses, expected);
}

/// A run that has ended can give its user id to a new one; one that has not cannot.
pub async fn a_user_id_can_be_taken_from_a_run_that_has_ended(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let old = start(&store, 1, &lease).await;
    assert_eq!(store.set_aside(RunNo(99)).await, Ok(false));
    assert_eq!(store.set_aside(old.run).await, Ok(false));
    committed(&store, go_on(old, rows([2])).with_change(END)).await;
    assert_eq!(store.set_aside(old.run).await, Ok(true));

    let again = NewRun {
        run_id: run_id(2),
        ..run(1, &lease)
    };
    let new = committed(&store, create(again, rows([1]))).await.claim;
    let key = RunKey::UserId {
        workflow: WORKFLOW.to_owned(),
        id: "order-1".to_owned(),
    };
    let found = store.run(key).await.expect("readable");
    assert_eq!(found.map(|record| record.run), Some(new.run));
    let first = store.run(RunKey::Id(run_id(1))).await.expect("readable");
    let first = first.expect("the old one is still there");
    assert_eq!(
        (first.run, first.user_id.as_deref()),
        (old.run, Some("order-1"))
    );
    let third = NewRun {
        run_id: run_id(3),
        ..run(1, &lease)
    };
    let refused = commit_one(&store, create(third, rows([1]))).await;
    assert!(matches!(refused, Err(Refused::Exists(by)) if by.run == new.run));
}

/// A run that is blocked, and no other, is due again once it is released.
pub async fn a_blocked_run_can_be_released(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let blocked = start_then(&store, 1, &lease, Change::Block).await;
    let running = start(&store, 2, &lease).await;
    let ended = start_then(&store, 3, &lease, END).await;
    for run in [running.run, ended.run, RunNo(99)] {
        assert_eq!(store.unblock(run, at(700)).await, Ok(false), "{run:?}");
    }
    assert_eq!(store.unblock(blocked.run, at(700)).await, Ok(true));
    assert_eq!(store.unblock(blocked.run, at(800)).await, Ok(false));
    let record = record(&store, blocked.run).await;
    assert_eq!(
        (record.status, record.wake_at),
        (RunStatus::Waiting, Some(at(700)))
    );
    committed(&store, take(blocked, &lease)).await;
}
