//! What a tracker puts aside, drops or is forgotten with is counted, listed and never sent again.

use std::sync::Arc;

use workflow_tracker::{
    Account, CursorMove, DeadLetter, Expire, LetterEnd, LetterId, LetterQuery, Quarantine,
    ReadLane, StartAt,
};

use super::kit::{at, committed, create, lease, open, rows, run};
use crate::store::{Extent, ReadExtent, RunNo, Store};

/// A tracker `a`, and five events on lane 1.
async fn five_events(store: &Arc<dyn Store>) {
    let lease = lease(store).await;
    open(store, "a", StartAt::End).await;
    committed(store, create(run(1, &lease), rows(1..=3))).await;
    committed(store, create(run(17, &lease), rows(1..=2))).await;
}

fn put_aside(tracker: &str, pos: u64) -> Quarantine {
    Quarantine {
        tracker: tracker.into(),
        lane: 1,
        pos,
        status: Some(400),
        reason: format!("refused {pos}"),
        at: at(900 + pos),
    }
}

async fn quarantine(store: &Arc<dyn Store>, event: Quarantine) {
    let done = store.quarantine(event).await;
    done.expect("the store can write");
}

async fn expire(store: &Arc<dyn Store>, pos: u64, events: u64) {
    let tracker = "a".into();
    let lane = 1;
    let drop = Expire {
        tracker,
        lane,
        pos,
        events,
    };
    store.expire(drop).await.expect("the store can write");
}

async fn advance(store: &Arc<dyn Store>, tracker: &str, pos: u64) {
    store.advance(CursorMove {
        tracker: tracker.into(),
        lane: 1,
        pos,
    });
    store.settle().await.expect("moves can be recorded");
}

async fn account(store: &Arc<dyn Store>) -> Account {
    store.account("a").await.expect("the tracker was opened")
}

async fn cursor(store: &Arc<dyn Store>) -> u64 {
    let positions = store.positions("a").await;
    positions.expect("the tracker was opened")[1].cursor
}

async fn letters(store: &Arc<dyn Store>, query: LetterQuery) -> Vec<DeadLetter> {
    store.dead_letters(query).await.expect("the store can read")
}

fn id(tracker: &str, pos: u64) -> LetterId {
    LetterId {
        tracker: tracker.to_owned(),
        lane: 1,
        pos,
    }
}

async fn ids(store: &Arc<dyn Store>, query: LetterQuery) -> Vec<LetterId> {
    let letters = letters(store, query).await;
    letters.iter().map(DeadLetter::id).collect()
}

/// One commit moves the cursor over the event and writes its dead letter, event and all.
pub async fn an_event_put_aside_is_passed_and_kept(store: Arc<dyn Store>) {
    five_events(&store).await;
    advance(&store, "a", 1).await;
    quarantine(&store, put_aside("a", 2)).await;
    assert_eq!(cursor(&store).await, 2);
    assert_eq!(account(&store).await, Account::new(5, 2, 1, 0));
    let read = store.read(ReadLane::new(1, 1)).await.expect("readable");
    let expected = DeadLetter::new(read[0].clone(), put_aside("a", 2));
    let found = letters(&store, LetterQuery::default()).await;
    assert_eq!(found, std::slice::from_ref(&expected));
    let found = store.dead_letter(id("a", 2)).await.expect("readable");
    assert_eq!(found, Some(expected));
    let other = store.dead_letter(id("a", 3)).await.expect("readable");
    assert_eq!(other, None);
}

/// What was passed is not put aside again, nor dropped again.
pub async fn what_was_passed_is_not_passed_again(store: Arc<dyn Store>) {
    five_events(&store).await;
    for _ in 0..2 {
        quarantine(&store, put_aside("a", 1)).await;
    }
    assert_eq!(account(&store).await, Account::new(5, 1, 1, 0));
    advance(&store, "a", 3).await;
    quarantine(&store, put_aside("a", 3)).await;
    for _ in 0..2 {
        expire(&store, 4, 1).await;
    }
    expire(&store, 2, 2).await;
    assert_eq!(account(&store).await, Account::new(5, 4, 1, 1));
    assert_eq!(ids(&store, LetterQuery::default()).await, [id("a", 1)]);
    quarantine(&store, put_aside("nobody", 1)).await;
    assert_eq!(ids(&store, LetterQuery::default()).await.len(), 1);
}

/// Moves that were given before, and are recorded later, do not take the cursor back.
pub async fn a_move_that_comes_late_does_not_undo_a_quarantine(store: Arc<dyn Store>) {
    five_events(&store).await;
    store.advance(CursorMove {
        tracker: "a".into(),
        lane: 1,
        pos: 2,
    });
    quarantine(&store, put_aside("a", 3)).await;
    advance(&store, "a", 2).await;
    assert_eq!(cursor(&store).await, 3);
    assert_eq!(account(&store).await, Account::new(5, 3, 1, 0));
}

/// Dropped events are passed and counted.
pub async fn dropped_events_are_passed_and_counted(store: Arc<dyn Store>) {
    five_events(&store).await;
    advance(&store, "a", 1).await;
    expire(&store, 4, 3).await;
    assert_eq!(cursor(&store).await, 4);
    let account = account(&store).await;
    assert_eq!(account, Account::new(5, 4, 0, 3));
    assert_eq!(account.accepted, 1 + account.pending + 3);
}

/// Letters are listed by tracker and position, narrowed and in pages.
pub async fn letters_are_listed_in_pages(store: Arc<dyn Store>) {
    five_events(&store).await;
    open(&store, "b", StartAt::Beginning).await;
    for pos in 1..=3 {
        quarantine(&store, put_aside("b", pos)).await;
        quarantine(&store, put_aside("a", pos)).await;
    }
    let mut query = LetterQuery {
        letters_max: 2,
        ..LetterQuery::default()
    };
    let mut pages = Vec::new();
    loop {
        let page = ids(&store, query.clone()).await;
        let Some(last) = page.last() else { break };
        query.after = Some(last.clone());
        pages.push(page);
    }
    let expected = [
        vec![id("a", 1), id("a", 2)],
        vec![id("a", 3), id("b", 1)],
        vec![id("b", 2), id("b", 3)],
    ];
    assert_eq!(pages, expected);
    let of_b = LetterQuery {
        tracker: Some("b".to_owned()),
        letters_max: 10,
        after: Some(id("b", 1)),
    };
    assert_eq!(ids(&store, of_b).await, [id("b", 2), id("b", 3)]);
}

/// A letter that was delivered after all is gone and counts as delivered; a discarded one is gone
/// and counts as quarantined.
pub async fn a_closed_letter_is_gone(store: Arc<dyn Store>) {
    five_events(&store).await;
    for pos in 1..=3 {
        quarantine(&store, put_aside("a", pos)).await;
    }
    let close = async |pos, end| {
        let closed = store.close_letter(id("a", pos), end).await;
        closed.expect("the store can write")
    };
    assert!(close(1, LetterEnd::Delivered).await);
    assert_eq!(account(&store).await, Account::new(5, 3, 2, 0));
    assert!(close(2, LetterEnd::Discarded).await);
    for end in [LetterEnd::Delivered, LetterEnd::Discarded] {
        assert!(!close(1, end).await);
        assert!(!close(2, end).await);
    }
    assert_eq!(account(&store).await, Account::new(5, 3, 2, 0));
    assert_eq!(ids(&store, LetterQuery::default()).await, [id("a", 3)]);
}

/// All names that were opened are listed, in order.
pub async fn trackers_are_listed_by_name(store: Arc<dyn Store>) {
    let names = async || store.trackers().await.expect("the store can read");
    assert_eq!(names().await, Vec::<String>::new());
    for name in ["b", "a", "c", "a"] {
        open(&store, name, StartAt::End).await;
    }
    assert_eq!(names().await, ["a", "b", "c"]);
}

/// A forgotten tracker is unknown; what was pending counts as expired in its last account.
pub async fn a_forgotten_tracker_is_unknown(store: Arc<dyn Store>) {
    five_events(&store).await;
    open(&store, "b", StartAt::Beginning).await;
    quarantine(&store, put_aside("a", 1)).await;
    quarantine(&store, put_aside("b", 1)).await;
    store.advance(CursorMove {
        tracker: "a".into(),
        lane: 1,
        pos: 3,
    });
    let forgotten = store.forget("a").await.expect("the store can write");
    assert_eq!(forgotten, Some(Account::new(5, 5, 1, 2)));
    assert_eq!(store.trackers().await, Ok(vec!["b".to_owned()]));
    assert!(store.account("a").await.is_err());
    assert_eq!(ids(&store, LetterQuery::default()).await, [id("b", 1)]);
    advance(&store, "a", 4).await;
    assert_eq!(store.forget("a").await, Ok(None));
}

/// A name that comes back after it was forgotten begins anew.
pub async fn a_forgotten_name_begins_anew(store: Arc<dyn Store>) {
    five_events(&store).await;
    advance(&store, "a", 2).await;
    store.forget("a").await.expect("the store can write");
    let opened = open(&store, "a", StartAt::End).await;
    assert_eq!((opened[1].cursor, opened[1].head), (5, 5));
    assert_eq!(account(&store).await, Account::new(0, 0, 0, 0));
}

/// The end of a run in its lane, and how many of its rows lie after a position.
pub async fn the_extent_of_a_run_is_its_own(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let first = committed(&store, create(run(1, &lease), rows(1..=3))).await;
    let other = committed(&store, create(run(17, &lease), rows(1..=2))).await;
    let extent = async |run, after| {
        let read = ReadExtent { run, after };
        store.extent(read).await.expect("the store can read")
    };
    let expected = |last_pos, rows_after| {
        Some(Extent {
            lane: 1,
            last_pos,
            rows_after,
        })
    };
    assert_eq!(extent(first.claim.run, None).await, expected(3, 0));
    assert_eq!(extent(first.claim.run, Some(1)).await, expected(3, 2));
    assert_eq!(extent(other.claim.run, Some(1)).await, expected(5, 2));
    assert_eq!(extent(other.claim.run, Some(5)).await, expected(5, 0));
    assert_eq!(extent(RunNo(99), Some(0)).await, None);
}
