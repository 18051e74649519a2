//! From columns to the store's types.

use std::error::Error;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, Type, ValueRef};
use uuid::Uuid;
use workflow_tracker::{Audience, EventType, Timestamp};

use crate::id::RunId;
use crate::store::{CrashCount, Request, RequestKind, Row, RunNo, RunRecord, RunStatus};

/// The shape of `fields`: a JSON object that every tracker is shown.
const FORMAT_JSON: i64 = 1;
/// The same, whose values are for trackers that ask for them.
const FORMAT_JSON_FOR_FULL: i64 = 2;
/// The encoding of `payload`: JSON.
pub(super) const CODEC_JSON: i64 = 1;
/// A cancel, in the inbox.
pub(super) const CANCEL: &str = "cancel";

/// Counts and numbers are stored as the integers of `SQLite`, which are signed.
pub(super) const fn int(number: u64) -> i64 {
    number.cast_signed()
}

pub(super) const fn millis(at: Timestamp) -> i64 {
    int(at.as_millis())
}

pub(super) fn number(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get(column).map(i64::cast_unsigned)
}

pub(super) fn time(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    number(row, column).map(Timestamp::from_millis)
}

pub(super) fn maybe_time(
    row: &rusqlite::Row<'_>,
    column: usize,
) -> rusqlite::Result<Option<Timestamp>> {
    let millis: Option<i64> = row.get(column)?;
    Ok(millis.map(|at| Timestamp::from_millis(at.cast_unsigned())))
}

pub(super) fn maybe_number(
    row: &rusqlite::Row<'_>,
    column: usize,
) -> rusqlite::Result<Option<u64>> {
    let number: Option<i64> = row.get(column)?;
    Ok(number.map(i64::cast_unsigned))
}

pub(super) fn uuid(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    row.get(column).map(Uuid::from_bytes)
}

pub(super) fn event_type(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<EventType> {
    let name = row.get_ref(column)?.as_str()?;
    name.parse()
        .map_err(|unknown| unreadable(column, Type::Text, unknown))
}

/// What the column `format` says of fields for this audience.
pub(super) const fn format(audience: Audience) -> i64 {
    match audience {
        Audience::All => FORMAT_JSON,
        Audience::Full => FORMAT_JSON_FOR_FULL,
    }
}

/// To whom the values in the row's own fields are shown, by the column `format`.
pub(super) fn audience(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Audience> {
    match row.get(column)? {
        FORMAT_JSON => Ok(Audience::All),
        FORMAT_JSON_FOR_FULL => Ok(Audience::Full),
        other => Err(unreadable(
            column,
            Type::Integer,
            format!("the fields of an event have the unknown format {other}"),
        )),
    }
}

impl FromSql for RunStatus {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let word = value.as_str()?;
        let status = Self::ALL.into_iter().find(|status| status.as_str() == word);
        status.ok_or_else(|| FromSqlError::Other(format!("`{word}` is no status of a run").into()))
    }
}

pub(super) fn record(row: &rusqlite::Row<'_>) -> rusqlite::Result<RunRecord> {
    Ok(RunRecord {
        run: RunNo(row.get(0)?),
        run_id: RunId::from(uuid(row, 1)?),
        workflow: row.get(2)?,
        version: row.get(3)?,
        user_id: row.get(4)?,
        input_digest: row.get(5)?,
        fingerprint: number(row, 6)?,
        status: row.get(7)?,
        wake_at: maybe_time(row, 8)?,
        lane: row.get(9)?,
        owner: maybe_number(row, 10)?,
        execution: number(row, 11)?,
        crashes: CrashCount {
            count: row.get(12)?,
            at_seq: number(row, 13)?,
        },
        created_at: time(row, 14)?,
        finished_at: maybe_time(row, 15)?,
    })
}

pub(super) fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        seq: number(row, 0)?,
        turn: number(row, 1)?,
        event_id: uuid(row, 2)?,
        event_type: event_type(row, 3)?,
        occurred_at: time(row, 4)?,
        recorded_at: time(row, 5)?,
        audience: audience(row, 6)?,
        fields: row.get(7)?,
        payload: row.get(8)?,
    })
}

pub(super) fn request(row: &rusqlite::Row<'_>) -> rusqlite::Result<Request> {
    Ok(Request {
        id: number(row, 0)?,
        run: RunNo(row.get(1)?),
        kind: request_kind(row, 2)?,
        at: time(row, 4)?,
    })
}

/// A request's kind, whose body is in the next column.
pub(super) fn request_kind(
    row: &rusqlite::Row<'_>,
    column: usize,
) -> rusqlite::Result<RequestKind> {
    match row.get_ref(column)?.as_str()? {
        CANCEL => Ok(RequestKind::Cancel {
            reason: row.get(column + 1)?,
        }),
        other => {
            let why = format!("`{other}` is no kind of request");
            Err(unreadable(column, Type::Text, why))
        }
    }
}

fn unreadable(
    column: usize,
    stored: Type,
    why: impl Into<Box<dyn Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, stored, why.into())
}
