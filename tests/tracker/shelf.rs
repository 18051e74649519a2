//! A log on a shelf: vectors under a lock, with cursors that move late and faults on demand.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;
use workflow_tracker::{
    Account, BoxFuture, CursorMove, DeadLetter, Event, EventLog, Expire, Form, LANES, LanePosition,
    LetterEnd, LetterId, LetterQuery, LogError, LoggedEvent, OpenCursor, Quarantine, ReadLane,
    StartAt, Timestamp, events,
};

type PerLane<T> = [T; LANES as usize];

#[derive(Default)]
struct State {
    lanes: PerLane<Vec<LoggedEvent>>,
    trackers: HashMap<String, Cursor>,
    letters: BTreeMap<LetterId, Quarantine>,
    /// Moves that are not durable yet.
    moves: Vec<CursorMove>,
    faults: Faults,
    reads: usize,
}

#[derive(Clone, Default)]
struct Cursor {
    begin: PerLane<u64>,
    at: PerLane<u64>,
    quarantined: u64,
    expired: u64,
}

/// What goes wrong next, and how often.
#[derive(Clone, Copy, Default)]
pub(crate) struct Faults {
    /// Opening a cursor is refused.
    pub(crate) refuse_open: usize,
    /// A read is refused.
    pub(crate) refuse_read: usize,
    /// A read gives nothing.
    pub(crate) empty_read: usize,
    /// A read panics.
    pub(crate) panic_read: usize,
    /// A move of a cursor panics, and is lost.
    pub(crate) panic_advance: usize,
    /// Reading the positions is refused.
    pub(crate) refuse_positions: usize,
    /// Putting an event aside is refused.
    pub(crate) refuse_quarantine: usize,
    /// Making cursors durable never ends.
    pub(crate) hang_settle: bool,
}

/// A log in memory.
#[derive(Default)]
pub(crate) struct Shelf {
    state: Mutex<State>,
}

/// Where a commit ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    pub(crate) lane: u8,
    pub(crate) pos: u64,
}

impl Shelf {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends events to a run, the last of them its outcome.
    pub(crate) fn append(&self, run: u128, count: usize) -> End {
        let mut state = self.lock();
        let run_id = Uuid::from_u128(run);
        let lane = run_id.as_bytes()[15] % LANES;
        let rows = &mut state.lanes[usize::from(lane)];
        let before = rows.iter().filter(|row| row.run_id == run_id).count() as u64;
        for nth in 1..=count as u64 {
            let event = Event::from(events::WorkflowStarted::default());
            let seq = before + nth;
            rows.push(LoggedEvent {
                lane,
                pos: rows.len() as u64 + 1,
                event_id: Uuid::from_u128((run << 32) | u128::from(seq)),
                run_id,
                seq,
                event_type: event.event_type(),
                occurred_at: Timestamp::from_millis(1_700_000_000_000 + seq),
                recorded_at: Timestamp::from_millis(1_700_000_000_000 + seq),
                workflow_name: "checkout".into(),
                user_id: Some(format!("order-{run}").into()),
                fingerprint: None,
                fields: event.to_fields(),
                audience: workflow_tracker::Audience::All,
                payload: None,
                form: Form::Whole,
            });
        }
        let pos = rows.len() as u64;
        End { lane, pos }
    }

    /// Appends one event to a run, with an output of so many bytes.
    pub(crate) fn append_large(&self, run: u128, bytes: usize) -> End {
        let end = self.append(run, 1);
        let mut state = self.lock();
        let rows = &mut state.lanes[usize::from(end.lane)];
        let row = rows.last_mut().expect("the row that was appended");
        row.fields = format!(r#"{{"output":"{}"}}"#, "x".repeat(bytes));
        end
    }

    /// Appends one event to a run, committed then.
    pub(crate) fn append_at(&self, run: u128, recorded_at: Timestamp) -> End {
        let end = self.append(run, 1);
        let mut state = self.lock();
        let rows = &mut state.lanes[usize::from(end.lane)];
        let row = rows.last_mut().expect("the row that was appended");
        row.recorded_at = recorded_at;
        end
    }

    /// The ids of all events.
    pub(crate) fn ids(&self) -> Vec<Uuid> {
        let state = self.lock();
        let rows = state.lanes.iter().flatten();
        rows.map(|row| row.event_id).collect()
    }

    /// How many events there are.
    pub(crate) fn len(&self) -> u64 {
        self.lock().lanes.iter().map(|rows| rows.len() as u64).sum()
    }

    /// Sets what goes wrong next.
    pub(crate) fn fail(&self, faults: Faults) {
        self.lock().faults = faults;
    }

    /// The moves that are not durable yet.
    pub(crate) fn moves(&self) -> Vec<CursorMove> {
        self.lock().moves.clone()
    }

    /// How often a lane was read.
    pub(crate) fn reads(&self) -> usize {
        self.lock().reads
    }
}

impl State {
    fn heads(&self) -> PerLane<u64> {
        self.lanes.each_ref().map(|rows| rows.len() as u64)
    }

    fn positions(&self, tracker: &str) -> Vec<LanePosition> {
        let heads = self.heads();
        let cursor = &self.trackers[tracker];
        (0..LANES)
            .map(|lane| LanePosition {
                lane,
                head: heads[usize::from(lane)],
                cursor: cursor.at[usize::from(lane)],
            })
            .collect()
    }

    fn open(&mut self, open: &OpenCursor) -> Result<Vec<LanePosition>, LogError> {
        refuse(&mut self.faults.refuse_open)?;
        let begin = match open.start_at {
            StartAt::End => self.heads(),
            StartAt::Beginning => PerLane::default(),
        };
        let cursor = Cursor {
            begin,
            at: begin,
            quarantined: 0,
            expired: 0,
        };
        self.trackers.entry(open.tracker.clone()).or_insert(cursor);
        Ok(self.positions(&open.tracker))
    }

    fn read(&mut self, read: ReadLane) -> Result<Vec<LoggedEvent>, LogError> {
        self.reads += 1;
        refuse(&mut self.faults.refuse_read)?;
        assert!(!strike(&mut self.faults.panic_read), "a scripted panic");
        if strike(&mut self.faults.empty_read) {
            return Ok(Vec::new());
        }
        let rows = self.lanes[usize::from(read.lane)].iter();
        let after = rows.filter(|row| row.pos > read.after);
        Ok(after.take(read.events_max).cloned().collect())
    }

    fn settle(&mut self) {
        for CursorMove { tracker, lane, pos } in std::mem::take(&mut self.moves) {
            let cursor = self.trackers.get_mut(&*tracker).expect("an open cursor");
            let at = &mut cursor.at[usize::from(lane)];
            *at = pos.max(*at);
        }
    }

    fn account(&self, tracker: &str) -> Account {
        let cursor = &self.trackers[tracker];
        let distance = |to: PerLane<u64>| -> u64 {
            let lanes = to.iter().zip(cursor.begin);
            lanes.map(|(to, from)| to - from).sum()
        };
        let (accepted, passed) = (distance(self.heads()), distance(cursor.at));
        Account::new(accepted, passed, cursor.quarantined, cursor.expired)
    }

    /// The cursor of a lane passes what is not delivered; `None` where it has passed it before.
    fn pass(&mut self, tracker: &str, lane: u8, pos: u64) -> Option<&mut Cursor> {
        let cursor = self.trackers.get_mut(tracker).expect("an open cursor");
        let at = &mut cursor.at[usize::from(lane)];
        let passes = *at < pos;
        *at = pos.max(*at);
        passes.then_some(cursor)
    }

    fn letter(&self, id: &LetterId) -> Option<DeadLetter> {
        let put_aside = self.letters.get(id)?;
        let mut rows = self.lanes[usize::from(id.lane)].iter();
        let event = rows.find(|row| row.pos == id.pos)?;
        Some(DeadLetter::new(event.clone(), put_aside.clone()))
    }
}

/// Whether a fault happens this time.
fn strike(left: &mut usize) -> bool {
    let strikes = *left > 0;
    *left = left.saturating_sub(1);
    strikes
}

fn refuse(left: &mut usize) -> Result<(), LogError> {
    if strike(left) {
        return Err(LogError::new("the shelf is locked"));
    }
    Ok(())
}

impl EventLog for Shelf {
    fn open_cursor(&self, open: OpenCursor) -> BoxFuture<'_, Result<Vec<LanePosition>, LogError>> {
        Box::pin(async move { self.lock().open(&open) })
    }

    fn positions(&self, tracker: &str) -> BoxFuture<'_, Result<Vec<LanePosition>, LogError>> {
        let tracker = tracker.to_owned();
        Box::pin(async move {
            let mut state = self.lock();
            refuse(&mut state.faults.refuse_positions)?;
            Ok(state.positions(&tracker))
        })
    }

    fn read(&self, read: ReadLane) -> BoxFuture<'_, Result<Vec<LoggedEvent>, LogError>> {
        Box::pin(async move { self.lock().read(read) })
    }

    fn advance(&self, cursor: CursorMove) {
        let mut state = self.lock();
        assert!(!strike(&mut state.faults.panic_advance), "a scripted panic");
        state.moves.push(cursor);
    }

    fn settle(&self) -> BoxFuture<'_, Result<(), LogError>> {
        Box::pin(async move {
            if self.lock().faults.hang_settle {
                std::future::pending::<()>().await;
            }
            self.lock().settle();
            Ok(())
        })
    }

    fn account(&self, tracker: &str) -> BoxFuture<'_, Result<Account, LogError>> {
        let tracker = tracker.to_owned();
        Box::pin(async move { Ok(self.lock().account(&tracker)) })
    }

    fn quarantine(&self, event: Quarantine) -> BoxFuture<'_, Result<(), LogError>> {
        Box::pin(async move {
            let mut state = self.lock();
            refuse(&mut state.faults.refuse_quarantine)?;
            if let Some(cursor) = state.pass(&event.tracker, event.lane, event.pos) {
                cursor.quarantined += 1;
                let id = LetterId {
                    tracker: event.tracker.to_string(),
                    lane: event.lane,
                    pos: event.pos,
                };
                state.letters.insert(id, event);
            }
            Ok(())
        })
    }

    fn expire(&self, events: Expire) -> BoxFuture<'_, Result<(), LogError>> {
        Box::pin(async move {
            let mut state = self.lock();
            if let Some(cursor) = state.pass(&events.tracker, events.lane, events.pos) {
                cursor.expired += events.events;
            }
            Ok(())
        })
    }

    fn dead_letters(&self, query: LetterQuery) -> BoxFuture<'_, Result<Vec<DeadLetter>, LogError>> {
        Box::pin(async move {
            let state = self.lock();
            let letters = state.letters.keys().filter_map(|id| state.letter(id));
            Ok(letters.take(query.letters_max).collect())
        })
    }

    fn dead_letter(&self, letter: LetterId) -> BoxFuture<'_, Result<Option<DeadLetter>, LogError>> {
        Box::pin(async move { Ok(self.lock().letter(&letter)) })
    }

    fn close_letter(
        &self,
        letter: LetterId,
        end: LetterEnd,
    ) -> BoxFuture<'_, Result<bool, LogError>> {
        Box::pin(async move {
            let mut state = self.lock();
            let existed = state.letters.remove(&letter).is_some();
            if existed && end == LetterEnd::Delivered {
                let cursor = state.trackers.get_mut(&letter.tracker);
                cursor.expect("an open cursor").quarantined -= 1;
            }
            Ok(existed)
        })
    }

    fn trackers(&self) -> BoxFuture<'_, Result<Vec<String>, LogError>> {
        Box::pin(async move {
            let mut names: Vec<String> = self.lock().trackers.keys().cloned().collect();
            names.sort();
            Ok(names)
        })
    }

    fn forget(&self, tracker: &str) -> BoxFuture<'_, Result<Option<Account>, LogError>> {
        let tracker = tracker.to_owned();
        Box::pin(async move {
            let mut state = self.lock();
            state.settle();
            if !state.trackers.contains_key(&tracker) {
                return Ok(None);
            }
            let account = state.account(&tracker).forgotten();
            state.trackers.remove(&tracker);
            state.letters.retain(|id, _| id.tracker != tracker);
            Ok(Some(account))
        })
    }
}
