//! From columns to the store's types.

use std::error::Error;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, Type, ValueRef};
use uuid::Uuid;
use workflow_tracker::{Audience, EventType, Timestamp};

use crate::id::RunId;
use crate::store::{
    Await, CrashCount, EndStatus, Notice, Request, RequestKind, Row, RunNo, RunRecord, RunStatus,
};

/// The shape of `fields`: a JSON object that every tracker is shown.
const FORMAT_JSON: i64 = 1;
/// The same, whose values are for trackers that ask for them.
const FORMAT_JSON_FOR_FULL: i64 = 2;
/// The encoding of `payload`: JSON.
pub(super) const CODEC_JSON: i64 = 1;
/// The kinds of requests.
const CANCEL: &str = "cancel";
const SIGNAL: &str = "signal";
const CHILD_COMPLETED: &str = "child_completed";
const CHILD_FAILED: &str = "child_failed";
const CHILD_CANCELLED: &str = "child_cancelled";

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
        parent: row.get::<_, Option<i64>>(16)?.map(RunNo),
        awaits: awaits(row, 17)?,
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

/// What a run awaits, as its row holds it; nothing is an empty column.
pub(super) fn awaits_text(awaits: &[Await]) -> Option<String> {
    let texts: Vec<_> = awaits.iter().map(Await::to_text).collect();
    (!texts.is_empty()).then(|| serde_json::Value::from(texts).to_string())
}

pub(super) fn awaits(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Vec<Await>> {
    let Some(text) = row.get::<_, Option<String>>(column)? else {
        return Ok(Vec::new());
    };
    let texts: Vec<String> =
        serde_json::from_str(&text).map_err(|error| unreadable(column, Type::Text, error))?;
    let read = |text: &String| {
        let unknown = || {
            unreadable(
                column,
                Type::Text,
                format!("`{text}` is nothing to wait for"),
            )
        };
        Await::from_text(text).ok_or_else(unknown)
    };
    texts.iter().map(read).collect()
}

pub(super) fn notice(row: &rusqlite::Row<'_>) -> rusqlite::Result<Notice> {
    Ok(Notice {
        id: number(row, 0)?,
        run: RunNo(row.get(1)?),
        cancel: row.get(2)?,
    })
}

pub(super) fn request(row: &rusqlite::Row<'_>) -> rusqlite::Result<Request> {
    let ended = |status| {
        Ok::<_, rusqlite::Error>(RequestKind::ChildEnded {
            child: child(row, 5)?,
            status,
            fields: row.get(3)?,
            payload: row.get(6)?,
        })
    };
    let kind = match row.get_ref(2)?.as_str()? {
        CANCEL => RequestKind::Cancel {
            reason: row.get(3)?,
        },
        SIGNAL => RequestKind::Signal {
            name: row.get(5)?,
            payload: row.get(6)?,
        },
        CHILD_COMPLETED => ended(EndStatus::Completed)?,
        CHILD_FAILED => ended(EndStatus::Failed)?,
        CHILD_CANCELLED => ended(EndStatus::Cancelled)?,
        other => return Err(unknown_request(2, other)),
    };
    Ok(Request {
        id: number(row, 0)?,
        run: RunNo(row.get(1)?),
        kind,
        at: time(row, 4)?,
    })
}

/// The wait that a request ends, by its kind and its name.
pub(super) fn ended_wait(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<Await>> {
    match row.get_ref(0)?.as_str()? {
        CANCEL => Ok(None),
        SIGNAL => row.get(1).map(Await::Signal).map(Some),
        CHILD_COMPLETED | CHILD_FAILED | CHILD_CANCELLED => Ok(Some(Await::Child)),
        other => Err(unknown_request(0, other)),
    }
}

/// A request's kind and what its columns hold: body, name, payload.
pub(super) fn request_columns(
    kind: &RequestKind,
) -> (&'static str, Option<&str>, Option<String>, Option<&[u8]>) {
    match kind {
        RequestKind::Cancel { reason } => (CANCEL, reason.as_deref(), None, None),
        RequestKind::Signal { name, payload } => (SIGNAL, None, Some(name.clone()), Some(payload)),
        RequestKind::ChildEnded {
            child,
            status,
            fields,
            payload,
        } => {
            let kind = match status {
                EndStatus::Completed => CHILD_COMPLETED,
                EndStatus::Failed => CHILD_FAILED,
                EndStatus::Cancelled => CHILD_CANCELLED,
            };
            (
                kind,
                Some(fields),
                Some(child.to_string()),
                payload.as_deref(),
            )
        }
    }
}

fn child(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<RunId> {
    let text = row.get_ref(column)?.as_str()?;
    text.parse()
        .map_err(|error: uuid::Error| unreadable(column, Type::Text, error))
}

fn unknown_request(column: usize, kind: &str) -> rusqlite::Error {
    unreadable(
        column,
        Type::Text,
        format!("`{kind}` is no kind of request"),
    )
}

fn unreadable(
    column: usize,
    stored: Type,
    why: impl Into<Box<dyn Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, stored, why.into())
}
