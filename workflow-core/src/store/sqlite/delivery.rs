//! Questions of delivery: the log by lanes, and where trackers stand.

use rusqlite::params;
use workflow_tracker::{Account, Form, LanePosition, LoggedEvent, ReadLane};

use super::convert::{event_type, fields, int, maybe_number, number, time, uuid};
use super::request::lane_position;
use super::sql::Reads;
use crate::store::reading::{self, Budget};

impl Reads<'_> {
    pub(super) fn lane(&mut self, read: ReadLane) -> rusqlite::Result<Vec<LoggedEvent>> {
        let values = params![read.lane, int(read.after), read.payloads];
        let mut rows = self.lane.query(values)?;
        let mut budget = Budget::of(read);
        let mut events = Vec::new();
        while budget.is_left()
            && let Some(row) = rows.next()?
        {
            let event = event(row, read.lane)?;
            budget.spend(&event);
            events.push(event);
        }
        Ok(events)
    }

    /// Empty where the tracker was never opened.
    pub(super) fn positions(&mut self, tracker: &str) -> rusqlite::Result<Vec<LanePosition>> {
        let positions = self.positions.query_map([tracker], lane_position)?;
        positions.collect()
    }

    /// `None` where the tracker was never opened.
    pub(super) fn account(&mut self, tracker: &str) -> rusqlite::Result<Option<Account>> {
        self.account.query_row([tracker], |row| {
            let Some(accepted) = maybe_number(row, 0)? else {
                return Ok(None);
            };
            let account = Account::new(accepted, number(row, 1)?, number(row, 2)?, number(row, 3)?);
            Ok(Some(account))
        })
    }
}

fn event(row: &rusqlite::Row<'_>, lane: u8) -> rusqlite::Result<LoggedEvent> {
    Ok(LoggedEvent {
        lane,
        pos: number(row, 0)?,
        event_id: uuid(row, 1)?,
        run_id: uuid(row, 2)?,
        seq: number(row, 3)?,
        event_type: event_type(row, 4)?,
        occurred_at: time(row, 5)?,
        recorded_at: time(row, 6)?,
        workflow_name: row.get(7)?,
        user_id: row.get(8)?,
        fingerprint: Some(reading::fingerprint(number(row, 9)?)),
        fields: fields(row, 11)?,
        payload: row.get(12)?,
        form: Form::Whole,
    })
}
