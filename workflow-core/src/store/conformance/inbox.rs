//! Requests reach whoever drives the run, and no end overlooks them.

use std::sync::Arc;
use std::thread;

use tokio::runtime::Builder;

use super::kit::{
    END, at, commit_one, committed, go_on, lease, numbers, queue, record, rows, start, start_then,
    take,
};
use crate::store::{
    Change, CommitResult, EndStatus, NewRequest, Notice, Refused, Request, RequestKind,
    RequestReply, RunNo, RunStatus, Store,
};

/// Puts a request into a run's inbox.
pub(super) async fn ask(store: &Arc<dyn Store>, run: RunNo, kind: RequestKind) -> RequestReply {
    let request = NewRequest {
        run,
        kind,
        at: at(150),
    };
    store.request(request).await.expect("the store can write")
}

fn cancel_for(reason: &str) -> RequestKind {
    RequestKind::Cancel {
        reason: Some(reason.to_owned()),
    }
}

pub(super) async fn cancel(store: &Arc<dyn Store>, run: RunNo, reason: &str) -> RequestReply {
    ask(store, run, cancel_for(reason)).await
}

pub(super) async fn inbox(store: &Arc<dyn Store>, run: RunNo) -> Vec<Request> {
    store.inbox(run).await.expect("the store can read")
}

pub(super) async fn all(store: &Arc<dyn Store>, after: u64) -> Vec<Notice> {
    store.requests(after).await.expect("the store can read")
}

fn cancelled() -> Change {
    Change::End {
        status: EndStatus::Cancelled,
        unless_cancelled: false,
    }
}

/// A commit that would end a run is refused whole where a cancel was accepted before.
pub async fn an_end_gives_way_to_a_cancel(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let claim = start(&store, 1, &lease).await;
    assert_eq!(
        cancel(&store, claim.run, "why").await,
        RequestReply::Accepted
    );
    let plain = committed(&store, go_on(claim, rows([2]))).await;
    assert_eq!(plain.claim, claim);

    let refused = commit_one(&store, go_on(claim, rows([3])).with_change(END)).await;
    let reason = Some("why".to_owned());
    assert_eq!(refused, Err(Refused::CancelRequested { reason }));
    assert_eq!(numbers(&store, claim.run).await, [1, 2]);
    assert_eq!(record(&store, claim.run).await.status, RunStatus::Running);
    assert_eq!(inbox(&store, claim.run).await.len(), 1);
}

/// An end that says so takes place although a cancel is there.
pub async fn an_end_that_does_not_look_goes_through(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let wait = Change::Wait { wake_at: None };
    let driven = start(&store, 1, &lease).await;
    let waiting = start_then(&store, 2, &lease, wait).await;
    let queued = queue(&store, 3, at(0)).await;
    for claim in [driven, waiting, queued] {
        assert_eq!(
            cancel(&store, claim.run, "why").await,
            RequestReply::Accepted
        );
    }
    let ends = [
        go_on(driven, rows([2])),
        take(waiting, &lease),
        take(queued, &lease),
    ];
    for end in ends {
        let run = committed(&store, end.with_change(cancelled()))
            .await
            .claim
            .run;
        assert_eq!(record(&store, run).await.status, RunStatus::Cancelled);
    }
    assert_eq!(all(&store, 0).await, []);
}

/// No request outlives its run; those to other runs stay.
pub async fn an_end_empties_the_inbox(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let (first, second) = (
        start(&store, 1, &lease).await,
        start(&store, 2, &lease).await,
    );
    cancel(&store, first.run, "first").await;
    cancel(&store, second.run, "second").await;
    committed(&store, go_on(first, rows([2])).with_change(cancelled())).await;
    assert_eq!(inbox(&store, first.run).await, []);
    let left = all(&store, 0).await;
    let of_second = inbox(&store, second.run).await;
    let expected = of_second.iter().map(|request| Notice {
        id: request.id,
        run: second.run,
        cancel: true,
    });
    assert_eq!(left, expected.collect::<Vec<_>>());
    assert_eq!(left.len(), 1);
}

/// A run that has ended answers how.
pub async fn an_ended_run_takes_no_request(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let claim = start_then(&store, 1, &lease, END).await;
    let reply = cancel(&store, claim.run, "late").await;
    assert_eq!(reply, RequestReply::Ended(RunStatus::Completed));
    assert_eq!(all(&store, 0).await, []);
}

/// Whoever shares the store with the engine that executes is noticed as another process would be.
pub async fn what_is_left_for_the_engine_that_executes_changes_the_number(store: Arc<dyn Store>) {
    let number = || async { store.changes().await.expect("readable") };
    let before = number().await;
    let queued = queue(&store, 1, at(0)).await;
    let with_run = number().await;
    assert_ne!(with_run, before);
    cancel(&store, queued.run, "why").await;
    let with_cancel = number().await;
    assert_ne!(with_cancel, with_run);
    assert_eq!(number().await, with_cancel);
}

/// A run that does not exist is unknown.
pub async fn an_unknown_run_takes_no_request(store: Arc<dyn Store>) {
    for run in [RunNo(0), RunNo(1), RunNo(-1), RunNo(i64::MAX)] {
        assert_eq!(cancel(&store, run, "why").await, RequestReply::Unknown);
    }
    assert_eq!(all(&store, 0).await, []);
}

/// A second cancel is accepted; the first one's reason counts.
pub async fn a_second_cancel_changes_nothing(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let claim = start(&store, 1, &lease).await;
    cancel(&store, claim.run, "first").await;
    let before = inbox(&store, claim.run).await;
    assert_eq!(
        cancel(&store, claim.run, "second").await,
        RequestReply::Accepted
    );
    assert_eq!(inbox(&store, claim.run).await, before);
    assert_eq!(before[0].kind, cancel_for("first"));
    assert_eq!(before[0].at, at(150));
}

/// Requests come oldest first; each has a larger number than all before it, for ever.
pub async fn requests_are_listed_from_a_number_on(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let mut claims = Vec::new();
    for n in 1..=3 {
        let claim = start(&store, n, &lease).await;
        cancel(&store, claim.run, "why").await;
        claims.push(claim);
    }
    let requests = all(&store, 0).await;
    let runs: Vec<_> = requests.iter().map(|request| request.run).collect();
    let expected: Vec<_> = claims.iter().map(|claim| claim.run).collect();
    assert_eq!(runs, expected);
    assert!(requests.is_sorted_by(|a, b| a.id < b.id));
    assert_eq!(all(&store, requests[0].id).await, requests[1..]);
    let newest = requests[2].id;
    assert_eq!(all(&store, newest).await, []);

    committed(&store, go_on(claims[2], rows([2])).with_change(cancelled())).await;
    let next = start(&store, 4, &lease).await;
    cancel(&store, next.run, "why").await;
    let later = all(&store, newest).await;
    assert_eq!(later.len(), 1, "a number was used again: {later:?}");
}

/// One call returns at most 1,000 requests, the oldest.
pub async fn a_list_of_requests_is_limited(store: Arc<dyn Store>) {
    let mut runs = Vec::new();
    for n in 0..=1_000_u16 {
        let mut new = super::kit::queued_run(1, at(0));
        new.user_id = None;
        new.run_id = uuid::Uuid::from_u128(u128::from(n) << 8).into();
        runs.push(super::kit::create(new, rows([1])));
    }
    let created = super::kit::commit(&store, runs).await;
    for result in created {
        let run = result.expect("not refused").claim.run;
        cancel(&store, run, "why").await;
    }
    let first = all(&store, 0).await;
    assert_eq!(first.len(), 1_000);
    assert_eq!(all(&store, first[999].id).await.len(), 1);
}

/// Of a cancel and an end at the same time, one comes first, and the other sees it.
pub async fn a_request_races_an_end_and_one_wins(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    for n in 0..50 {
        let claim = start(&store, n, &lease).await;
        let asked = Arc::clone(&store);
        let asking = thread::spawn(move || {
            let runtime = Builder::new_current_thread().build();
            let runtime = runtime.expect("a runtime needs only memory");
            runtime.block_on(cancel(&asked, claim.run, "race"))
        });
        let ended = commit_one(&store, go_on(claim, rows([2])).with_change(END)).await;
        let reply = asking.join().expect("the request was answered");
        assert!(is_consistent(&ended, reply), "{ended:?} and {reply:?}");
    }
}

fn is_consistent(ended: &CommitResult, reply: RequestReply) -> bool {
    match ended {
        Ok(_) => reply == RequestReply::Ended(RunStatus::Completed),
        Err(refused) => {
            let reason = Some("race".to_owned());
            *refused == Refused::CancelRequested { reason } && reply == RequestReply::Accepted
        }
    }
}
