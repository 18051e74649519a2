//! Trackers find every event once, in order, and the sums are right.

use std::sync::Arc;

use workflow_tracker::{
    Account, CursorMove, Form, LANES, LanePosition, LoggedEvent, ReadLane, StartAt,
};

use super::kit::{
    FINGERPRINT, WORKFLOW, at, committed, create, go_on, lease, open, rows, run, run_id, start,
};
use crate::store::{Lease, NewRun, Store};

/// No numbers.
const NONE: [u64; 0] = [];

/// Five events on lane 1 and two on lane 2.
async fn seven_events(store: &Arc<dyn Store>, lease: &Lease) {
    committed(store, create(run(1, lease), rows(1..=3))).await;
    committed(store, create(run(17, lease), rows(1..=2))).await;
    committed(store, create(run(2, lease), rows(1..=2))).await;
}

fn to(tracker: &str, lane: u8, pos: u64) -> CursorMove {
    CursorMove {
        tracker: tracker.into(),
        lane,
        pos,
    }
}

async fn settle(store: &Arc<dyn Store>) {
    store.settle().await.expect("moves can be recorded");
}

async fn positions(store: &Arc<dyn Store>, tracker: &str) -> Vec<LanePosition> {
    let positions = store.positions(tracker).await;
    positions.expect("the tracker was opened")
}

/// The cursors of lanes 1 and 2; those of all others are at 0.
async fn cursors(store: &Arc<dyn Store>, tracker: &str) -> (u64, u64) {
    let positions = positions(store, tracker).await;
    let cursor = |lane: usize| positions[lane].cursor;
    assert!((3..16).all(|lane| cursor(lane) == 0));
    (cursor(1), cursor(2))
}

async fn account(store: &Arc<dyn Store>, tracker: &str) -> Account {
    let account = store.account(tracker).await;
    account.expect("the tracker was opened")
}

async fn read(store: &Arc<dyn Store>, read: ReadLane) -> Vec<LoggedEvent> {
    store.read(read).await.expect("the log can be read")
}

/// A tracker that the log does not know begins after what is there.
pub async fn a_new_tracker_begins_at_the_end(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    seven_events(&store, &lease).await;
    let opened = open(&store, "a", StartAt::End).await;
    let lanes: Vec<_> = opened.iter().map(|position| position.lane).collect();
    assert_eq!(lanes, (0..LANES).collect::<Vec<_>>());
    assert!(
        opened
            .iter()
            .all(|position| position.head == position.cursor)
    );
    assert_eq!(opened, positions(&store, "a").await);
    assert_eq!((opened[1].head, opened[2].head), (5, 2));
    assert_eq!(account(&store, "a").await, Account::new(0, 0, 0, 0));

    start(&store, 18, &lease).await;
    assert_eq!(account(&store, "a").await, Account::new(1, 0, 0, 0));
}

/// A tracker can ask for everything that the log still holds.
pub async fn a_new_tracker_can_begin_at_the_beginning(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    seven_events(&store, &lease).await;
    let opened = open(&store, "a", StartAt::Beginning).await;
    assert!(opened.iter().all(|position| position.cursor == 0));
    assert_eq!(account(&store, "a").await, Account::new(7, 0, 0, 0));
}

/// Opening again changes nothing, whatever it asks for.
pub async fn a_known_tracker_goes_on_where_it_was(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    open(&store, "a", StartAt::End).await;
    seven_events(&store, &lease).await;
    store.advance(to("a", 1, 2));
    settle(&store).await;
    for start_at in [StartAt::End, StartAt::Beginning] {
        let opened = open(&store, "a", start_at).await;
        assert_eq!((opened[1].cursor, opened[1].head), (2, 5));
    }
    assert_eq!(account(&store, "a").await, Account::new(7, 2, 0, 0));
}

/// Asking for a tracker that was never opened is an error that names it; a move of it is ignored.
pub async fn an_unknown_tracker_is_an_error(store: Arc<dyn Store>) {
    store.advance(to("nobody", 1, 1));
    settle(&store).await;
    let errors = [
        store.positions("nobody").await.err(),
        store.account("nobody").await.err(),
    ];
    for error in errors {
        let error = error.expect("nobody opened it").to_string();
        assert!(error.contains("`nobody`"), "{error}");
    }
}

/// After `settle` every move made before is recorded.
pub async fn a_settled_move_is_recorded(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    open(&store, "a", StartAt::Beginning).await;
    seven_events(&store, &lease).await;
    for (lane, pos) in [(1, 1), (2, 1), (1, 3)] {
        store.advance(to("a", lane, pos));
    }
    settle(&store).await;
    assert_eq!(cursors(&store, "a").await, (3, 1));
    settle(&store).await;
    assert_eq!(cursors(&store, "a").await, (3, 1));
}

/// A move is recorded before long although nothing else is written.
pub async fn a_move_is_recorded_soon(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    open(&store, "a", StartAt::Beginning).await;
    seven_events(&store, &lease).await;
    store.advance(to("a", 1, 4));
    // The whole check has a deadline, so a store that forgets the move fails.
    while cursors(&store, "a").await.0 != 4 {
        tokio::task::yield_now().await;
    }
}

/// A move backwards is ignored.
pub async fn a_cursor_never_moves_back(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    open(&store, "a", StartAt::Beginning).await;
    seven_events(&store, &lease).await;
    for pos in [4, 2] {
        store.advance(to("a", 1, pos));
    }
    settle(&store).await;
    assert_eq!(cursors(&store, "a").await, (4, 0));
    store.advance(to("a", 1, 3));
    settle(&store).await;
    assert_eq!(cursors(&store, "a").await, (4, 0));
}

/// Accepted is delivered and pending, after every commit and every move.
pub async fn the_account_adds_up_at_every_commit(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    open(&store, "a", StartAt::End).await;
    let claim = start(&store, 1, &lease).await;
    for seq in 2..=9 {
        committed(&store, go_on(claim, rows([seq]))).await;
        store.advance(to("a", 1, seq / 2));
        settle(&store).await;
        let account = account(&store, "a").await;
        assert_eq!(account, Account::new(seq, seq / 2, 0, 0));
        assert_eq!(account.accepted, account.delivered + account.pending);
    }
}

/// Each name has its own cursors.
pub async fn trackers_do_not_disturb_each_other(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let names = ["a", "A", "a ", "", "it's", "a\0b"];
    for name in names {
        open(&store, name, StartAt::Beginning).await;
    }
    seven_events(&store, &lease).await;
    for (name, pos) in names.into_iter().zip(0..) {
        store.advance(to(name, 1, pos));
    }
    settle(&store).await;
    for (name, pos) in names.into_iter().zip(0..) {
        assert_eq!(cursors(&store, name).await, (pos, 0), "{name:?}");
    }
}

/// Delivery sees the envelope, the fields and the names of the run.
pub async fn an_event_is_read_as_it_was_written(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let anonymous = NewRun {
        user_id: None,
        ..run(17, &lease)
    };
    start(&store, 1, &lease).await;
    committed(&store, create(anonymous, rows([1, 2]))).await;
    let events = read(&store, ReadLane::new(1, 2)).await;
    let row = super::kit::row(2);
    let expected = LoggedEvent {
        lane: 1,
        pos: 3,
        event_id: row.event_id,
        run_id: run_id(17).as_uuid(),
        seq: 2,
        event_type: row.event_type,
        occurred_at: row.occurred_at,
        recorded_at: at(100),
        workflow_name: WORKFLOW.into(),
        user_id: None,
        fingerprint: Some(format!("{FINGERPRINT:016x}").into()),
        fields: row.fields,
        audience: row.audience,
        payload: None,
        form: Form::Whole,
    };
    assert_eq!(events, [expected]);
    let first = read(&store, ReadLane::new(1, 0)).await;
    assert_eq!(first[0].user_id.as_deref(), Some("order-1"));
}

/// A read stops at so many events, and after the event that exceeds its bytes.
pub async fn a_read_stops_at_its_limits(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let mut written = rows(1..=5);
    for (row, bytes) in written.iter_mut().zip([10, 100, 10, 10, 10]) {
        row.fields = "x".repeat(bytes);
        row.payload = Some(vec![0; 1_000]);
    }
    committed(&store, create(run(1, &lease), written)).await;
    let positions = async |after, events_max, bytes_max, payloads| {
        let mut limited = ReadLane::new(1, after);
        limited.events_max = events_max;
        limited.bytes_max = bytes_max;
        limited.payloads = payloads;
        let events = read(&store, limited).await;
        events.iter().map(|event| event.pos).collect::<Vec<_>>()
    };
    assert_eq!(positions(0, 100, usize::MAX, false).await, [1, 2, 3, 4, 5]);
    assert_eq!(positions(0, 2, usize::MAX, false).await, [1, 2]);
    assert_eq!(positions(3, 2, usize::MAX, false).await, [4, 5]);
    assert_eq!(positions(0, 0, usize::MAX, false).await, NONE);
    assert_eq!(positions(5, 100, usize::MAX, false).await, NONE);
    assert_eq!(positions(99, 100, usize::MAX, false).await, NONE);
    assert_eq!(positions(0, 100, 10, false).await, [1, 2]);
    assert_eq!(positions(0, 100, 9, false).await, [1]);
    assert_eq!(positions(0, 100, 0, false).await, [1]);
    assert_eq!(positions(2, 100, 20, false).await, [3, 4, 5]);
    assert_eq!(positions(2, 100, 20, true).await, [3]);
    let other = read(&store, ReadLane::new(2, 0)).await;
    assert_eq!(other, []);
}

/// Payloads come along only where they are asked for.
pub async fn payloads_are_read_where_they_are_asked_for(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let mut written = rows([1, 2]);
    written[1].payload = None;
    committed(&store, create(run(1, &lease), written)).await;
    let payloads = async |payloads| {
        let mut all = ReadLane::new(1, 0);
        all.payloads = payloads;
        let events = read(&store, all).await;
        events
            .into_iter()
            .map(|event| event.payload)
            .collect::<Vec<_>>()
    };
    assert_eq!(payloads(false).await, [None, None]);
    assert_eq!(payloads(true).await, [Some(b"payload 1".to_vec()), None]);
}
