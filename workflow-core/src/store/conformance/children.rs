//! Children are created with their parent's commit, and their end comes into its inbox.

use std::sync::Arc;

use super::due::due_at;
use super::inbox::inbox;
use super::kit::{
    END, at, commit_one, committed, create, go_on, is_fenced, lease, numbers, queued_run, record,
    row, rows, run, run_id, start, take,
};
use super::signals::WAIT;
use crate::store::{
    Await, CancelChildren, Change, Children, Claim, Effects, EndStatus, Lease, NewChild,
    RequestKind, RunKey, RunRecord, RunStatus, Store,
};

/// Child `n`, which has no id of the user's.
fn child(n: u8) -> NewChild {
    let mut run = queued_run(n, at(10));
    run.user_id = None;
    NewChild { run, row: row(1) }
}

fn bearing(children: impl IntoIterator<Item = u8>) -> Effects {
    Effects {
        children: children.into_iter().map(child).collect(),
        ..Effects::default()
    }
}

fn cancelling(which: Children) -> Effects {
    let reason = "the parent ended".to_owned();
    Effects {
        cancels: Some(CancelChildren { which, reason }),
        ..Effects::default()
    }
}

fn waiting_for_children() -> Effects {
    Effects {
        awaits: vec![Await::Child],
        ..Effects::default()
    }
}

async fn by_id(store: &Arc<dyn Store>, n: u8) -> Option<RunRecord> {
    let found = store.run(RunKey::Id(run_id(n))).await;
    found.expect("the store can read")
}

async fn existing(store: &Arc<dyn Store>, n: u8) -> RunRecord {
    by_id(store, n).await.expect("the child exists")
}

/// Starts run 1 with these children.
async fn family(store: &Arc<dyn Store>, lease: &Lease, children: &[u8]) -> Claim {
    let claim = start(store, 1, lease).await;
    let bear = go_on(claim, rows([2])).with_effects(bearing(children.iter().copied()));
    committed(store, bear).await;
    claim
}

/// Claims child `n` and ends it.
async fn end_child(store: &Arc<dyn Store>, n: u8, lease: &Lease, change: Change) {
    let record = existing(store, n).await;
    let claim = Claim {
        run: record.run,
        epoch: 0,
        execution: record.execution,
    };
    let mut end = take(claim, lease).with_change(change);
    end.rows = Arc::new(rows([2]));
    committed(store, end).await;
}

/// A child is created, queued, in its parent's commit, with its first row.
pub async fn a_child_is_created_with_its_parents_commit(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let parent = family(&store, &lease, &[2, 3]).await;
    for n in [2, 3] {
        let child = existing(&store, n).await;
        assert_eq!(child.status, RunStatus::Queued);
        assert_eq!(
            (child.parent, child.wake_at),
            (Some(parent.run), Some(at(10)))
        );
        assert_eq!(numbers(&store, child.run).await, [1]);
    }
    assert_eq!(record(&store, parent.run).await.parent, None);

    let whole = create(run(5, &lease), rows([1])).with_effects(bearing([6]));
    let of_new = committed(&store, whole).await.claim;
    assert_eq!(existing(&store, 6).await.parent, Some(of_new.run));
}

/// A commit that is refused creates no child.
pub async fn a_refused_commit_bears_no_child(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let claim = start(&store, 1, &lease).await;
    let stale = Claim {
        execution: 9,
        ..claim
    };
    let fenced = commit_one(&store, go_on(stale, rows([2])).with_effects(bearing([2]))).await;
    assert!(is_fenced(&fenced), "{fenced:?}");
    let exists = create(run(1, &lease), rows([1])).with_effects(bearing([2]));
    assert!(commit_one(&store, exists).await.is_err());
    assert_eq!(by_id(&store, 2).await, None);
}

/// A run id that is taken is left as it is: a child is created once.
pub async fn a_child_is_created_once(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let parent = family(&store, &lease, &[2]).await;
    end_child(&store, 2, &lease, END).await;
    let before = existing(&store, 2).await;
    let again = go_on(parent, rows([3])).with_effects(bearing([2]));
    committed(&store, again).await;
    assert_eq!(existing(&store, 2).await, before);
    assert_eq!(numbers(&store, before.run).await, [1, 2]);
}

/// The end of a child comes into its parent's inbox with its last row, in the same commit, and
/// wakes a parent that waits for children.
pub async fn the_end_of_a_child_wakes_its_parent(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let parent = family(&store, &lease, &[2, 3]).await;
    let wait = go_on(parent, rows([3])).with_change(WAIT);
    let wait = wait.with_effects(waiting_for_children());
    committed(&store, wait).await;
    assert_eq!(record(&store, parent.run).await.awaits, [Await::Child]);
    assert_eq!(record(&store, parent.run).await.wake_at, None);

    end_child(&store, 2, &lease, END).await;
    assert_ne!(record(&store, parent.run).await.wake_at, None);
    let failed = Change::End {
        status: EndStatus::Failed,
        unless_cancelled: true,
    };
    end_child(&store, 3, &lease, failed).await;
    assert_eq!(due_at(&store, &lease, 300).await, [parent.run]);

    let told = inbox(&store, parent.run).await;
    let kinds: Vec<_> = told.into_iter().map(|request| request.kind).collect();
    let last = row(2);
    let ended = |n, status| RequestKind::ChildEnded {
        child: run_id(n),
        status,
        fields: last.fields.clone(),
        payload: last.payload.clone(),
    };
    let expected = [ended(2, EndStatus::Completed), ended(3, EndStatus::Failed)];
    assert_eq!(kinds, expected);
}

/// A parent is not told of the end of a child that it has given up, and forgets what it was told.
pub async fn nobody_waits_for_a_child_that_was_given_up(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let parent = family(&store, &lease, &[2, 3, 4]).await;
    end_child(&store, 2, &lease, END).await;
    assert_eq!(inbox(&store, parent.run).await.len(), 1);
    let give_up = cancelling(Children::These(vec![run_id(2), run_id(3)]));
    let wait = go_on(parent, rows([3])).with_change(WAIT);
    let effects = Effects {
        cancels: give_up.cancels,
        ..waiting_for_children()
    };
    committed(&store, wait.with_effects(effects)).await;
    assert_eq!(inbox(&store, parent.run).await, []);
    let cancelled = Change::End {
        status: EndStatus::Cancelled,
        unless_cancelled: false,
    };
    end_child(&store, 3, &lease, cancelled).await;
    assert_eq!(inbox(&store, parent.run).await, []);
    assert_eq!(record(&store, parent.run).await.wake_at, None);
    end_child(&store, 4, &lease, END).await;
    assert_eq!(due_at(&store, &lease, 300).await, [parent.run]);
    assert_eq!(inbox(&store, parent.run).await.len(), 1);
}

/// A parent that has ended is not told.
pub async fn an_ended_parent_is_not_told(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let parent = family(&store, &lease, &[2]).await;
    committed(&store, go_on(parent, rows([3])).with_change(END)).await;
    end_child(&store, 2, &lease, END).await;
    assert_eq!(inbox(&store, parent.run).await, []);
    assert_eq!(existing(&store, 2).await.status, RunStatus::Completed);
}

/// A commit cancels the children that it names, as far as they have not ended, and no others.
pub async fn a_commit_cancels_children(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let parent = family(&store, &lease, &[2, 3, 4]).await;
    let stranger = start(&store, 5, &lease).await;
    end_child(&store, 4, &lease, END).await;
    let these = Children::These(vec![run_id(2), run_id(4), run_id(5)]);
    committed(
        &store,
        go_on(parent, rows([3])).with_effects(cancelling(these)),
    )
    .await;
    let cancels = async |n| inbox(&store, existing(&store, n).await.run).await;
    let reason = Some("the parent ended".to_owned());
    let kinds: Vec<_> = cancels(2).await.into_iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [RequestKind::Cancel { reason }]);
    assert_eq!(cancels(3).await, []);
    assert_eq!(cancels(4).await, []);
    assert_eq!(inbox(&store, stranger.run).await, []);

    let end = go_on(parent, rows([4])).with_change(END);
    committed(&store, end.with_effects(cancelling(Children::All))).await;
    assert_eq!(cancels(2).await.len(), 1);
    assert_eq!(cancels(3).await.len(), 1);
    assert_eq!(cancels(4).await, []);
}
