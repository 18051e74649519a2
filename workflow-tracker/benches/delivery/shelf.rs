//! A log in memory that is full from the beginning, and is read on a thread of its own, as a
//! database is.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use tokio::sync::oneshot;
use uuid::Uuid;
use workflow_tracker::{
    Account, Audience, BoxFuture, CursorMove, DeadLetter, Event, EventLog, Expire, Form, LANES,
    LanePosition, LetterEnd, LetterId, LetterQuery, LogError, LoggedEvent, OpenCursor, Quarantine,
    ReadLane, Timestamp, events,
};

type Lanes = Arc<[Vec<LoggedEvent>; LANES as usize]>;
type Question = (ReadLane, oneshot::Sender<Vec<LoggedEvent>>);

/// Every tracker begins at the beginning; what is delivered is forgotten with it.
pub(super) struct Shelf(Lanes, Sender<Question>);

impl Shelf {
    /// So many events, spread over the lanes.
    pub(super) fn filled(events: usize) -> Self {
        let mut lanes = [const { Vec::new() }; LANES as usize];
        for nth in 0..events {
            let lane = nth % lanes.len();
            let rows = &mut lanes[lane];
            rows.push(event(lane, rows.len() + 1, nth));
        }
        Self::on(Arc::new(lanes))
    }

    fn on(lanes: Lanes) -> Self {
        let (questions, asked) = channel::<Question>();
        let of_thread = Arc::clone(&lanes);
        // It ends with the shelf.
        thread::spawn(move || {
            for (read, reply) in asked {
                let rows = &of_thread[usize::from(read.lane)];
                let after = usize::try_from(read.after).unwrap_or(usize::MAX);
                let rows = rows.iter().skip(after).take(read.events_max);
                let _ = reply.send(rows.cloned().collect());
            }
        });
        Self(lanes, questions)
    }

    /// The same log, nothing of it delivered.
    pub(super) fn rewound(&self) -> Self {
        Self::on(Arc::clone(&self.0))
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    /// All events, in batches of one lane.
    pub(super) fn batches(&self, size: usize) -> impl Iterator<Item = &[LoggedEvent]> {
        self.0.iter().flat_map(move |rows| rows.chunks(size))
    }
}

fn event(lane: usize, pos: usize, nth: usize) -> LoggedEvent {
    let step = events::StepCompleted {
        step_name: "charge the card".to_owned(),
        attempt: 1,
        duration_ms: 125,
        total_ms: 125,
        ..Default::default()
    };
    let event = Event::from(step);
    LoggedEvent {
        lane: u8::try_from(lane).expect("sixteen lanes"),
        pos: pos as u64,
        event_id: Uuid::from_u128((0x0192 << 112) + nth as u128),
        run_id: Uuid::from_u128(lane as u128),
        seq: pos as u64,
        event_type: event.event_type(),
        occurred_at: Timestamp::from_millis(1_700_000_000_000 + nth as u64),
        recorded_at: Timestamp::from_millis(1_700_000_000_001 + nth as u64),
        workflow_name: "checkout".into(),
        user_id: Some(format!("order-{lane}").into()),
        fingerprint: Some("00f1e2d3c4b5a697".into()),
        fields: event.to_fields(),
        audience: Audience::All,
        payload: None,
        form: Form::Whole,
    }
}

fn positions(shelf: &Shelf) -> Vec<LanePosition> {
    let lanes = (0..LANES).zip(shelf.0.iter());
    lanes
        .map(|(lane, rows)| LanePosition {
            lane,
            head: rows.len() as u64,
            cursor: 0,
        })
        .collect()
}

/// What nobody does here.
fn unused<T: Send + 'static>() -> BoxFuture<'static, Result<T, LogError>> {
    Box::pin(async { Err(LogError::new("the bench has no use for it")) })
}

impl EventLog for Shelf {
    fn open_cursor(&self, _: OpenCursor) -> BoxFuture<'_, Result<Vec<LanePosition>, LogError>> {
        Box::pin(async { Ok(positions(self)) })
    }

    fn positions(&self, _: &str) -> BoxFuture<'_, Result<Vec<LanePosition>, LogError>> {
        Box::pin(async { Ok(positions(self)) })
    }

    fn read(&self, read: ReadLane) -> BoxFuture<'_, Result<Vec<LoggedEvent>, LogError>> {
        let (reply, answer) = oneshot::channel();
        let _ = self.1.send((read, reply));
        Box::pin(async { Ok(answer.await.expect("the thread lives as long as the shelf")) })
    }

    fn advance(&self, _: CursorMove) {}

    fn settle(&self) -> BoxFuture<'_, Result<(), LogError>> {
        Box::pin(async { Ok(()) })
    }

    fn account(&self, _: &str) -> BoxFuture<'_, Result<Account, LogError>> {
        let accepted = self.len() as u64;
        Box::pin(async move { Ok(Account::new(accepted, 0, 0, 0)) })
    }

    fn quarantine(&self, _: Quarantine) -> BoxFuture<'_, Result<(), LogError>> {
        unused()
    }

    fn expire(&self, _: Expire) -> BoxFuture<'_, Result<(), LogError>> {
        unused()
    }

    fn dead_letters(&self, _: LetterQuery) -> BoxFuture<'_, Result<Vec<DeadLetter>, LogError>> {
        unused()
    }

    fn dead_letter(&self, _: LetterId) -> BoxFuture<'_, Result<Option<DeadLetter>, LogError>> {
        unused()
    }

    fn close_letter(&self, _: LetterId, _: LetterEnd) -> BoxFuture<'_, Result<bool, LogError>> {
        unused()
    }

    fn trackers(&self) -> BoxFuture<'_, Result<Vec<String>, LogError>> {
        unused()
    }

    fn forget(&self, _: &str) -> BoxFuture<'_, Result<Option<Account>, LogError>> {
        unused()
    }
}
