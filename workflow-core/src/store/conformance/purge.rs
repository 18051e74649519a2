//! Finished runs go when they are old enough and delivered; nothing else does, and every sum stays.

use std::sync::Arc;
use std::time::Duration;

use workflow_tracker::{Account, CursorMove, LetterId, LetterQuery, Quarantine, ReadLane, StartAt};

use super::kit::{
    END, WORKFLOW, at, committed, create, go_on, lease, open, queued_run, row, rows, run, run_id,
    start, start_then, take,
};
use crate::store::{
    Change, Claim, Effects, NewChild, Purge, PurgedPart, ReadRows, RunKey, RunNo, RunQuery, Store,
};

/// Keeps runs for 100 ms.
const fn purge_at(now: u64) -> Purge {
    Purge::new(at(now), Duration::from_millis(100))
}

/// A whole purge, part by part; the sum of what it did.
async fn purged(store: &Arc<dyn Store>, mut purge: Purge) -> PurgedPart {
    let mut sum = PurgedPart::default();
    loop {
        let part = store.purge(purge).await.expect("the store can write");
        sum.runs += part.runs;
        sum.rows += part.rows;
        sum.held_back += part.held_back;
        match part.next {
            Some(next) => purge = purge.after(next),
            None => return sum,
        }
    }
}

async fn counts(store: &Arc<dyn Store>, purge: Purge) -> (u64, u64, u64) {
    let sum = purged(store, purge).await;
    (sum.runs, sum.rows, sum.held_back)
}

async fn left(store: &Arc<dyn Store>) -> usize {
    let runs = store.runs(RunQuery::default()).await;
    runs.expect("the store can read").len()
}

async fn deliver(store: &Arc<dyn Store>, tracker: &str, lane: u8, pos: u64) {
    store.advance(CursorMove {
        tracker: tracker.into(),
        lane,
        pos,
    });
    store.settle().await.expect("moves can be recorded");
}

async fn account(store: &Arc<dyn Store>, tracker: &str) -> Account {
    store.account(tracker).await.expect("it was opened")
}

/// Without trackers, a run goes so long after its end, with every trace; runs that are not over
/// stay.
pub async fn a_finished_run_goes_when_it_is_old_enough(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let ended = start_then(&store, 1, &lease, END).await;
    start_then(&store, 2, &lease, Change::Block).await;
    start_then(&store, 3, &lease, Change::Wait { wake_at: None }).await;
    start(&store, 4, &lease).await;
    // Its last commit was at 200 ms.
    assert_eq!(counts(&store, purge_at(299)).await, (0, 0, 0));
    assert_eq!(counts(&store, purge_at(300)).await, (1, 2, 0));
    assert_eq!(counts(&store, purge_at(100_000)).await, (0, 0, 0));
    assert_eq!(left(&store).await, 3);
    let user_id = RunKey::UserId {
        workflow: WORKFLOW.to_owned(),
        id: "order-1".to_owned(),
    };
    for key in [RunKey::No(ended.run), RunKey::Id(run_id(1)), user_id] {
        assert_eq!(store.run(key).await, Ok(None));
    }
    let read = ReadRows {
        run: ended.run,
        after: 0,
        rows_max: 9,
    };
    assert_eq!(store.rows(read).await, Ok(Vec::new()));
    assert_eq!(store.last_row(ended.run).await, Ok(None));
}

/// The id of a run that is gone names a new one, with a number of its own.
pub async fn the_id_of_a_purged_run_is_free(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let old = start_then(&store, 1, &lease, END).await;
    purged(&store, purge_at(1_000)).await;
    let new = committed(&store, create(run(1, &lease), rows([1]))).await;
    assert!(new.claim.run > old.run, "{:?} {:?}", new.claim.run, old.run);
}

/// A run stays until its last event is behind the cursor of every tracker, whoever configures it.
pub async fn what_is_not_delivered_stays(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    open(&store, "a", StartAt::End).await;
    open(&store, "b", StartAt::End).await;
    start_then(&store, 1, &lease, END).await;
    start_then(&store, 2, &lease, END).await;
    deliver(&store, "a", 1, 2).await;
    deliver(&store, "b", 1, 1).await;
    deliver(&store, "a", 2, 2).await;
    deliver(&store, "b", 2, 2).await;
    let at_once = |now| Purge::new(at(now), Duration::ZERO);
    assert_eq!(counts(&store, at_once(1_000)).await, (1, 2, 1));
    deliver(&store, "b", 1, 2).await;
    assert_eq!(counts(&store, at_once(1_000)).await, (1, 2, 0));
}

/// What is kept is kept since its delivery, as far as purges saw it.
pub async fn a_run_is_kept_since_its_delivery(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    open(&store, "a", StartAt::End).await;
    start_then(&store, 1, &lease, END).await;
    assert_eq!(counts(&store, purge_at(5_000)).await, (0, 0, 1));
    deliver(&store, "a", 1, 2).await;
    assert_eq!(counts(&store, purge_at(6_000)).await, (0, 0, 1));
    start_then(&store, 17, &lease, END).await;
    deliver(&store, "a", 1, 4).await;
    assert_eq!(counts(&store, purge_at(6_099)).await, (0, 0, 2));
    assert_eq!(counts(&store, purge_at(6_100)).await, (1, 2, 1));
    assert_eq!(counts(&store, purge_at(6_198)).await, (0, 0, 1));
    assert_eq!(counts(&store, purge_at(6_199)).await, (1, 2, 0));
}

/// A tracker that is new and far behind holds back what others have delivered long ago; one that
/// is forgotten holds nothing back.
pub async fn a_new_tracker_counts_and_a_forgotten_one_does_not(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    open(&store, "a", StartAt::End).await;
    start_then(&store, 1, &lease, END).await;
    deliver(&store, "a", 1, 2).await;
    purged(&store, purge_at(200)).await;
    open(&store, "late", StartAt::Beginning).await;
    assert_eq!(counts(&store, purge_at(5_000)).await, (0, 0, 1));
    store.forget("late").await.expect("it is forgotten");
    assert_eq!(counts(&store, purge_at(5_000)).await, (1, 2, 0));
}

/// A run with a dead letter stays until somebody replays or discards it.
pub async fn a_dead_letter_keeps_its_run(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    open(&store, "a", StartAt::End).await;
    start_then(&store, 1, &lease, END).await;
    let put_aside = Quarantine {
        tracker: "a".into(),
        lane: 1,
        pos: 1,
        status: Some(400),
        reason: "refused".to_owned(),
        at: at(300),
    };
    store.quarantine(put_aside).await.expect("it is written");
    deliver(&store, "a", 1, 2).await;
    let at_once = Purge::new(at(1_000), Duration::ZERO);
    assert_eq!(counts(&store, at_once).await, (0, 0, 1));
    let letters = store.dead_letters(LetterQuery::default()).await;
    assert_eq!(letters.expect("readable").len(), 1);
    let id = LetterId {
        tracker: "a".to_owned(),
        lane: 1,
        pos: 1,
    };
    let end = workflow_tracker::LetterEnd::Discarded;
    store.close_letter(id, end).await.expect("it is discarded");
    assert_eq!(counts(&store, at_once).await, (1, 2, 0));
}

/// A child stays for as long as the run that started it is not over.
pub async fn a_child_of_an_open_run_stays(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let bear = Effects {
        children: vec![NewChild {
            run: queued_run(2, at(10)),
            row: row(1),
        }],
        ..Effects::default()
    };
    let parent = start(&store, 1, &lease).await;
    let bearing = go_on(parent, rows([2])).with_effects(bear);
    committed(&store, bearing).await;
    let child = store.run(RunKey::Id(run_id(2))).await.expect("readable");
    let child = child.expect("it was born");
    let last = Claim {
        run: child.run,
        epoch: 0,
        execution: 0,
    };
    let taken = committed(&store, take(last, &lease)).await.claim;
    committed(&store, go_on(taken, rows([2])).with_change(END)).await;
    let at_once = Purge::new(at(1_000), Duration::ZERO);
    assert_eq!(counts(&store, at_once).await, (0, 0, 1));
    committed(&store, go_on(parent, rows([3])).with_change(END)).await;
    assert_eq!(counts(&store, at_once).await, (2, 5, 0));
}

/// A purge changes no account, and positions go on where they were.
pub async fn a_purge_changes_no_account(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    open(&store, "a", StartAt::End).await;
    start_then(&store, 1, &lease, END).await;
    let open_run = start(&store, 17, &lease).await;
    start_then(&store, 33, &lease, END).await;
    deliver(&store, "a", 1, 5).await;
    let before = account(&store, "a").await;
    assert_eq!(before, Account::new(5, 5, 0, 0));
    let at_once = Purge::new(at(1_000), Duration::ZERO);
    assert_eq!(counts(&store, at_once).await, (2, 4, 0));
    assert_eq!(account(&store, "a").await, before);

    let next = committed(&store, go_on(open_run, rows([2]))).await;
    assert_eq!(next.pos, 6);
    assert_eq!(account(&store, "a").await, Account::new(6, 5, 0, 0));
    let positions = async |after| {
        let events = store.read(ReadLane::new(1, after)).await;
        let events = events.expect("the log can be read");
        events.iter().map(|event| event.pos).collect::<Vec<_>>()
    };
    assert_eq!(positions(0).await, [3, 6]);
    assert_eq!(positions(3).await, [6]);
    assert_eq!(positions(5).await, [6]);
    for (after, gone) in [(0, 2), (1, 1), (2, 0), (3, 2), (5, 0), (6, 0)] {
        assert_eq!(store.gone(1, after).await, Ok(gone), "{after}");
    }
    committed(&store, go_on(open_run, rows([3])).with_change(END)).await;
    deliver(&store, "a", 1, 7).await;
    assert_eq!(counts(&store, at_once).await, (1, 3, 0));
    assert_eq!(store.gone(1, 3).await, Ok(4));
}

/// However small the parts, the whole is purged once; a run is gone before its rows are.
pub async fn a_purge_goes_on_part_by_part(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let large = committed(&store, create(run(1, &lease), rows(1..=40))).await;
    committed(&store, go_on(large.claim, rows([41])).with_change(END)).await;
    for n in 2..=7 {
        start_then(&store, n, &lease, END).await;
    }
    let blocked = start_then(&store, 8, &lease, Change::Block).await;
    let mut purge = purge_at(1_000);
    (purge.runs_max, purge.rows_max) = (2, 3);
    let first = store.purge(purge).await.expect("the store can write");
    assert_eq!(first.runs, 2);
    assert_eq!(store.run(RunKey::Id(run_id(1))).await, Ok(None));
    let next = first.next.expect("there is more");
    let rest = counts(&store, purge.after(next)).await;
    assert_eq!((first.runs + rest.0, first.rows + rest.1), (7, 53));
    assert_eq!(left(&store).await, 1);
    assert_eq!(counts(&store, purge).await, (0, 0, 0));
    for run in 1..blocked.run.0 {
        let run = RunNo(run);
        let read = ReadRows {
            run,
            after: 0,
            rows_max: 9,
        };
        assert_eq!(store.rows(read).await, Ok(Vec::new()));
    }
}
