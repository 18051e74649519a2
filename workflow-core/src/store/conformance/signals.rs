//! Signals wait in the inbox until a commit uses them, and wake the runs that wait for them.

use std::sync::Arc;

use super::due::due_at;
use super::inbox::{all, ask, cancel, inbox};
use super::kit::{
    at, commit_one, committed, go_on, is_fenced, lease, numbers, queue, record, row, rows, start,
    take,
};
use crate::store::{
    Await, Change, Claim, Effects, EndStatus, Lease, Refused, RequestKind, RequestReply, RunCommit,
    RunStatus, Store,
};

pub(super) const WAIT: Change = Change::Wait { wake_at: None };

fn signal(name: &str, payload: &str) -> RequestKind {
    RequestKind::Signal {
        name: name.to_owned(),
        payload: payload.as_bytes().to_vec(),
    }
}

fn awaiting(names: &[&str]) -> Effects {
    let signals = names.iter().map(|name| Await::Signal((*name).to_owned()));
    Effects {
        awaits: signals.collect(),
        ..Effects::default()
    }
}

fn using(used: &[u64]) -> Effects {
    Effects {
        used: used.to_vec(),
        ..Effects::default()
    }
}

/// Starts run `n`, which then waits for signals of these names, until an instant or for ever.
async fn waiting(
    store: &Arc<dyn Store>,
    n: u8,
    lease: &Lease,
    names: &[&str],
    until: Option<u64>,
) -> Claim {
    let claim = start(store, n, lease).await;
    let wake_at = until.map(at);
    let wait = go_on(claim, rows([2])).with_change(Change::Wait { wake_at });
    committed(store, wait.with_effects(awaiting(names))).await;
    claim
}

/// Whatever a run does, a signal is kept, in the order of sending; only an end removes it.
pub async fn signals_are_kept_in_the_order_of_sending(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let driven = start(&store, 1, &lease).await;
    let waits = waiting(&store, 2, &lease, &["b"], None).await;
    let queued = queue(&store, 3, at(0)).await;
    for claim in [driven, waits, queued] {
        let sent = [signal("a", "1"), signal("b", "2"), signal("a", "1")];
        for kind in sent.clone() {
            let reply = ask(&store, claim.run, kind).await;
            assert_eq!(reply, RequestReply::Accepted);
        }
        let kept = inbox(&store, claim.run).await;
        let kinds: Vec<_> = kept.iter().map(|request| request.kind.clone()).collect();
        assert_eq!(kinds, sent);
        assert!(kept.is_sorted_by(|a, b| a.id < b.id));
        assert!(kept.iter().all(|request| request.at == at(150)));
    }
    assert!(all(&store, 0).await.iter().all(|notice| !notice.cancel));
    let end = Change::End {
        status: EndStatus::Completed,
        unless_cancelled: true,
    };
    committed(&store, go_on(driven, rows([2])).with_change(end)).await;
    assert_eq!(inbox(&store, driven.run).await, []);
    assert_eq!(inbox(&store, waits.run).await.len(), 3);
    let late = ask(&store, driven.run, signal("a", "1")).await;
    assert_eq!(late, RequestReply::Ended(RunStatus::Completed));
}

/// A signal does not make an end give way, and does not hide a cancel behind it.
pub async fn signals_and_cancels_do_not_hide_each_other(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let claim = start(&store, 1, &lease).await;
    ask(&store, claim.run, signal("a", "1")).await;
    assert_eq!(
        cancel(&store, claim.run, "why").await,
        RequestReply::Accepted
    );
    ask(&store, claim.run, signal("a", "2")).await;
    assert_eq!(inbox(&store, claim.run).await.len(), 3);
    let refused = commit_one(&store, go_on(claim, rows([2])).with_change(super::kit::END)).await;
    let reason = Some("why".to_owned());
    assert_eq!(refused, Err(Refused::CancelRequested { reason }));

    let other = start(&store, 2, &lease).await;
    ask(&store, other.run, signal("a", "1")).await;
    committed(&store, go_on(other, rows([2])).with_change(super::kit::END)).await;
}

/// The commit whose rows record a signal takes it out of the inbox; no other one does.
pub async fn a_commit_takes_the_signals_that_it_used(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let claim = start(&store, 1, &lease).await;
    let other = start(&store, 2, &lease).await;
    for payload in ["1", "2", "3"] {
        ask(&store, claim.run, signal("a", payload)).await;
        ask(&store, other.run, signal("a", payload)).await;
    }
    let before = inbox(&store, claim.run).await;
    committed(&store, go_on(claim, rows([2]))).await;
    assert_eq!(inbox(&store, claim.run).await, before);

    let used = using(&[before[0].id, before[1].id]);
    committed(&store, go_on(claim, rows([3])).with_effects(used)).await;
    assert_eq!(inbox(&store, claim.run).await, before[2..]);
    assert_eq!(inbox(&store, other.run).await.len(), 3);
}

/// A commit that is refused leaves every signal where it was.
pub async fn a_refused_commit_takes_no_signal(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let claim = start(&store, 1, &lease).await;
    ask(&store, claim.run, signal("a", "1")).await;
    cancel(&store, claim.run, "why").await;
    let before = inbox(&store, claim.run).await;
    let used = || using(&[before[0].id]);
    let stale = Claim {
        execution: 7,
        ..claim
    };
    let fenced = commit_one(&store, go_on(stale, rows([2])).with_effects(used())).await;
    assert!(is_fenced(&fenced), "{fenced:?}");
    let gap = commit_one(&store, go_on(claim, rows([9])).with_effects(used())).await;
    assert!(matches!(gap, Err(Refused::Failed(_))), "{gap:?}");
    let end = go_on(claim, rows([2])).with_change(super::kit::END);
    let cancelled = commit_one(&store, end.with_effects(used())).await;
    let is_cancelled = matches!(cancelled, Err(Refused::CancelRequested { .. }));
    assert!(is_cancelled, "{cancelled:?}");
    assert_eq!(inbox(&store, claim.run).await, before);
}

/// A commit that uses what is not in its run's inbox is refused whole: nothing is taken twice.
pub async fn a_signal_is_taken_once(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let claim = start(&store, 1, &lease).await;
    let other = start(&store, 2, &lease).await;
    ask(&store, claim.run, signal("a", "1")).await;
    ask(&store, claim.run, signal("a", "2")).await;
    ask(&store, other.run, signal("a", "3")).await;
    let mine = inbox(&store, claim.run).await;
    let foreign = inbox(&store, other.run).await[0].id;
    committed(
        &store,
        go_on(claim, rows([2])).with_effects(using(&[mine[0].id])),
    )
    .await;
    for missing in [mine[0].id, foreign, 1_000] {
        let used = using(&[mine[1].id, missing]);
        let refused = commit_one(&store, go_on(claim, rows([3])).with_effects(used)).await;
        assert!(matches!(refused, Err(Refused::Failed(_))), "{refused:?}");
    }
    assert_eq!(inbox(&store, claim.run).await, mine[1..]);
    assert_eq!(inbox(&store, other.run).await.len(), 1);
    assert_eq!(numbers(&store, claim.run).await, [1, 2]);
}

/// That the claim is outdated is told before that what the commit used is gone.
pub async fn an_outdated_claim_is_fenced_whatever_it_used(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let claim = start(&store, 1, &lease).await;
    let outdated = Claim {
        execution: claim.execution + 1,
        ..claim
    };
    let late = go_on(outdated, rows([2])).with_effects(using(&[1_000]));
    let refused = commit_one(&store, late).await;
    assert!(matches!(refused, Err(Refused::Fenced)), "{refused:?}");
}

/// A run that waits is due at once when what it awaits comes; nobody else is woken.
pub async fn a_signal_wakes_the_run_that_awaits_it(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let waits = waiting(&store, 1, &lease, &["a", "b"], None).await;
    let elsewhere = waiting(&store, 2, &lease, &["c"], Some(900)).await;
    let blocked = start(&store, 3, &lease).await;
    let block = go_on(blocked, rows([2])).with_change(Change::Block);
    committed(&store, block.with_effects(awaiting(&["b"]))).await;
    assert_eq!(
        record(&store, waits.run).await.awaits,
        awaiting(&["a", "b"]).awaits
    );
    assert_eq!(due_at(&store, &lease, 10_000).await, [elsewhere.run]);
    for claim in [waits, elsewhere, blocked] {
        ask(&store, claim.run, signal("b", "1")).await;
    }
    assert_eq!(due_at(&store, &lease, 149).await, []);
    assert_eq!(due_at(&store, &lease, 150).await, [waits.run]);
    assert_eq!(record(&store, waits.run).await.status, RunStatus::Waiting);
    assert_eq!(record(&store, elsewhere.run).await.wake_at, Some(at(900)));
}

/// A signal brings a wake-up forward and never puts it off; claiming forgets what was awaited.
pub async fn a_signal_never_puts_a_wake_up_off(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let early = waiting(&store, 1, &lease, &["a"], Some(100)).await;
    let late = waiting(&store, 2, &lease, &["a"], Some(900)).await;
    for claim in [early, late] {
        ask(&store, claim.run, signal("a", "1")).await;
        ask(&store, claim.run, signal("a", "2")).await;
    }
    assert_eq!(record(&store, early.run).await.wake_at, Some(at(100)));
    assert_eq!(record(&store, late.run).await.wake_at, Some(at(150)));
    committed(&store, take(late, &lease)).await;
    let record = record(&store, late.run).await;
    assert_eq!((record.wake_at, record.awaits), (None, Vec::new()));
}

/// A run that begins to wait for what came before is due at once, unless this commit used it.
pub async fn what_came_before_the_wait_wakes_too(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let claims = [
        start(&store, 1, &lease).await,
        start(&store, 2, &lease).await,
        start(&store, 3, &lease).await,
    ];
    for claim in claims {
        ask(&store, claim.run, signal("a", "1")).await;
    }
    let wait = |claim: Claim, effects: Effects| -> RunCommit {
        go_on(claim, vec![row(2)])
            .with_change(WAIT)
            .with_effects(effects)
    };
    let used = inbox(&store, claims[2].run).await[0].id;
    let taken = Effects {
        used: vec![used],
        ..awaiting(&["a"])
    };
    let [first, second, third] = claims;
    committed(&store, wait(first, awaiting(&["a"]))).await;
    committed(&store, wait(second, awaiting(&["b"]))).await;
    committed(&store, wait(third, taken)).await;
    assert_eq!(due_at(&store, &lease, 10_000).await, [first.run]);
}
