//! Questions of delivery: the log by lanes, and where trackers stand.

use rusqlite::{OptionalExtension as _, params};
use workflow_tracker::{
    Account, DeadLetter, Form, LanePosition, LetterId, LetterQuery, LoggedEvent, Quarantine,
    ReadLane,
};

use super::beside::lane_position;
use super::convert::{audience, event_type, int, maybe_number, number, time, uuid};
use super::sql::Reads;
use crate::store::reading::{self, Budget};
use crate::store::{Extent, ReadExtent};

impl Reads<'_> {
    pub(super) fn lane(&mut self, read: ReadLane) -> rusqlite::Result<Vec<LoggedEvent>> {
        let values = params![read.lane, int(read.after), read.payloads];
        let mut rows = self.lane.query(values)?;
        let mut budget = Budget::of(read);
        let mut events = Vec::new();
        while budget.is_left()
            && let Some(row) = rows.next()?
        {
            let event = event(row, read.lane, events.last())?;
            budget.spend(&event);
            events.push(event);
        }
        Ok(events)
    }

    /// How many positions after this one are empty.
    pub(super) fn gone(&mut self, lane: u8, after: u64) -> rusqlite::Result<u64> {
        let values = params![lane, int(after)];
        self.gone.query_row(values, |row| number(row, 0))
    }

    /// Empty where the tracker was never opened.
    pub(super) fn positions(&mut self, tracker: &str) -> rusqlite::Result<Vec<LanePosition>> {
        let positions = self.positions.query_map([tracker], lane_position)?;
        positions.collect()
    }

    /// `None` where the tracker was never opened.
    pub(super) fn account(&mut self, tracker: &str) -> rusqlite::Result<Option<Account>> {
        self.account.query_row([tracker], account)
    }

    pub(super) fn trackers(&mut self) -> rusqlite::Result<Vec<String>> {
        let names = self.trackers.query_map([], |row| row.get(0))?;
        names.collect()
    }

    pub(super) fn letters(&mut self, query: &LetterQuery) -> rusqlite::Result<Vec<DeadLetter>> {
        let after = query.after.as_ref();
        let values = params![
            query.tracker,
            after.map_or("", |after| &after.tracker),
            after.map_or(-1, |after| i64::from(after.lane)),
            after.map_or(0, |after| int(after.pos)),
            i64::try_from(query.letters_max).unwrap_or(i64::MAX),
        ];
        let letters = self.letters.query_map(values, letter)?;
        letters.collect()
    }

    pub(super) fn letter(&mut self, id: &LetterId) -> rusqlite::Result<Option<DeadLetter>> {
        let values = params![id.tracker, id.lane, int(id.pos)];
        self.letter.query_row(values, letter).optional()
    }

    /// `None` where there is no such run.
    pub(super) fn extent(&mut self, read: ReadExtent) -> rusqlite::Result<Option<Extent>> {
        let run = [read.run.0];
        let lane = self.lane_of_run.query_row(run, |row| row.get(0));
        let Some(lane) = lane.optional()? else {
            return Ok(None);
        };
        let last = self.last_pos.query_row(run, |row| number(row, 0));
        let after = match read.after {
            Some(after) => {
                let values = params![read.run.0, int(after)];
                self.rows_after.query_row(values, |row| number(row, 0))?
            }
            None => 0,
        };
        Ok(Some(Extent {
            lane,
            last_pos: last.optional()?.unwrap_or(0),
            rows_after: after,
        }))
    }
}

/// `None` where the tracker has no cursors to add up.
pub(super) fn account(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<Account>> {
    let Some(accepted) = maybe_number(row, 0)? else {
        return Ok(None);
    };
    let account = Account::new(accepted, number(row, 1)?, number(row, 2)?, number(row, 3)?);
    Ok(Some(account))
}

fn letter(row: &rusqlite::Row<'_>) -> rusqlite::Result<DeadLetter> {
    let event = event(row, row.get(14)?, None)?;
    let put_aside = Quarantine {
        tracker: row.get::<_, String>(13)?.into(),
        lane: event.lane,
        pos: event.pos,
        at: time(row, 15)?,
        status: row.get(16)?,
        reason: row.get(17)?,
    };
    Ok(DeadLetter::new(event, put_aside))
}

/// The event of a row, and the event of the row before it, with which it mostly shares its run.
fn event(
    row: &rusqlite::Row<'_>,
    lane: u8,
    before: Option<&LoggedEvent>,
) -> rusqlite::Result<LoggedEvent> {
    let run_id = uuid(row, 2)?;
    let (workflow_name, user_id, fingerprint) = match before {
        Some(before) if before.run_id == run_id => reading::of_run(before),
        Some(_) | None => {
            let fingerprint = reading::fingerprint(number(row, 9)?);
            (row.get(7)?, row.get(8)?, Some(fingerprint))
        }
    };
    Ok(LoggedEvent {
        lane,
        pos: number(row, 0)?,
        event_id: uuid(row, 1)?,
        run_id,
        seq: number(row, 3)?,
        event_type: event_type(row, 4)?,
        occurred_at: time(row, 5)?,
        recorded_at: time(row, 6)?,
        workflow_name,
        user_id,
        fingerprint,
        audience: audience(row, 10)?,
        fields: row.get(11)?,
        payload: row.get(12)?,
        form: Form::Whole,
    })
}
