//! The log as delivery reads it, and the cursors, in memory.

use workflow_tracker::{
    Account, CursorMove, Form, LANES, LanePosition, LogError, LoggedEvent, OpenCursor, ReadLane,
    StartAt,
};

use super::lanes::{Lane, LaneEntry};
use super::state::{Cursor, State};
use crate::store::reading::{self, Budget};

impl State {
    pub(super) fn open_cursor(&mut self, open: OpenCursor) -> Vec<LanePosition> {
        let lanes = &self.lanes;
        let begin = |lane: &Lane| {
            let start = match open.start_at {
                StartAt::End => lane.head(),
                StartAt::Beginning => lane.start(),
            };
            Cursor {
                start,
                pos: start,
                quarantined: 0,
                expired: 0,
            }
        };
        let cursors = self
            .cursors
            .entry(open.tracker)
            .or_insert_with(|| lanes.iter().map(begin).collect());
        lane_positions(lanes, cursors)
    }

    pub(super) fn positions(&self, tracker: &str) -> Result<Vec<LanePosition>, LogError> {
        Ok(lane_positions(&self.lanes, self.cursors_of(tracker)?))
    }

    fn cursors_of(&self, tracker: &str) -> Result<&[Cursor], LogError> {
        let cursors = self.cursors.get(tracker).map(Vec::as_slice);
        cursors.ok_or_else(|| reading::never_opened(tracker, "memory"))
    }

    pub(super) fn read(&self, read: ReadLane) -> Vec<LoggedEvent> {
        let entries = self.lanes.get(usize::from(read.lane));
        let entries = entries.into_iter().flat_map(|lane| lane.after(read.after));
        let mut budget = Budget::of(read);
        let mut within = Vec::new();
        for (pos, entry) in entries {
            if !budget.is_left() {
                break;
            }
            // Nothing where a purge took the run.
            if let Some(event) = self.event(entry, pos, read.payloads, within.last()) {
                budget.spend(&event);
                within.push(event);
            }
        }
        within
    }

    /// How many positions after this one are empty.
    pub(super) fn gone(&self, lane: u8, after: u64) -> u64 {
        let Some(lane) = self.lanes.get(usize::from(lane)) else {
            return 0;
        };
        let mut later = lane.after(after);
        let next = later.find(|(_, entry)| self.run(entry.run).is_some());
        let end = next.map_or(lane.head(), |(pos, _)| pos - 1);
        end.saturating_sub(after)
    }

    /// The event at a position of a lane.
    pub(super) fn event_at(&self, lane: u8, pos: u64) -> Option<LoggedEvent> {
        let entry = self.lanes.get(usize::from(lane))?.get(pos)?;
        self.event(entry, pos, false, None)
    }

    /// The event of a row, and the one before it, with which it mostly shares its run.
    fn event(
        &self,
        entry: LaneEntry,
        pos: u64,
        payload: bool,
        before: Option<&LoggedEvent>,
    ) -> Option<LoggedEvent> {
        let run = self.run(entry.run)?;
        let row = run.rows.get(usize::try_from(entry.seq).ok()? - 1)?;
        let record = &run.record;
        let run_id = record.run_id.as_uuid();
        let (workflow_name, user_id, fingerprint) = match before {
            Some(before) if before.run_id == run_id => reading::of_run(before),
            Some(_) | None => {
                let user_id = record.user_id.as_deref().map(Into::into);
                let fingerprint = reading::fingerprint(record.fingerprint);
                (record.workflow.as_str().into(), user_id, Some(fingerprint))
            }
        };
        Some(LoggedEvent {
            lane: record.lane,
            pos,
            event_id: row.event_id,
            run_id,
            seq: row.seq,
            event_type: row.event_type,
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
            workflow_name,
            user_id,
            fingerprint,
            fields: row.fields.clone(),
            audience: row.audience,
            payload: row.payload.clone().filter(|_| payload),
            form: Form::Whole,
        })
    }

    pub(super) fn advance(&mut self, to: &CursorMove) {
        if let Some(cursor) = self.cursor_mut(&to.tracker, to.lane) {
            cursor.pos = cursor.pos.max(to.pos);
        }
    }

    pub(super) fn cursor_mut(&mut self, tracker: &str, lane: u8) -> Option<&mut Cursor> {
        let lanes = self.cursors.get_mut(tracker)?;
        lanes.get_mut(usize::from(lane))
    }

    pub(super) fn account(&self, tracker: &str) -> Result<Account, LogError> {
        let cursors = self.cursors_of(tracker)?;
        let heads = self.lanes.iter().map(Lane::head);
        let (mut accepted, mut passed, mut quarantined, mut expired) = (0, 0, 0, 0);
        for (head, cursor) in heads.zip(cursors) {
            accepted += head - cursor.start;
            passed += cursor.pos - cursor.start;
            quarantined += cursor.quarantined;
            expired += cursor.expired;
        }
        Ok(Account::new(accepted, passed, quarantined, expired))
    }
}

fn lane_positions(lanes: &[Lane], cursors: &[Cursor]) -> Vec<LanePosition> {
    let heads = lanes.iter().map(Lane::head);
    (0..LANES)
        .zip(heads)
        .zip(cursors)
        .map(|((lane, head), cursor)| LanePosition {
            lane,
            head,
            cursor: cursor.pos,
        })
        .collect()
}
