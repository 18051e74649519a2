//! A run written down: a line that says what it was, then a line for each row of its log.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
#[cfg(any(test, feature = "testing"))]
use workflow_tracker::Audience;
use workflow_tracker::Timestamp;

use crate::store::{Row, RunRecord, StoreError, StoreErrorKind};

/// The format that this version writes. It grows when an older version could not read what a
/// newer one writes.
const FORMAT: u32 = 1;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Header {
    /// The format; its name tells what the file is.
    pub(crate) workflow_export: u32,
    /// The version of this crate that wrote it.
    pub(crate) written_by: String,
    pub(crate) workflow: String,
    pub(crate) version: Option<u32>,
    /// The fingerprint of the code that claimed the run last.
    pub(crate) fingerprint: String,
    pub(crate) run_id: String,
    pub(crate) user_id: Option<String>,
    pub(crate) status: String,
    /// How many lines follow.
    pub(crate) events: usize,
}

/// A row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    seq: u64,
    turn: u64,
    event_id: String,
    #[serde(rename = "type")]
    event_type: String,
    occurred_at: Timestamp,
    recorded_at: Timestamp,
    fields: Box<RawValue>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    payload: Option<Box<RawValue>>,
}

/// A payload that is there, also where it is `null`: the value of a step that gives `()`.
fn present<'de, D: Deserializer<'de>>(payload: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(payload).map(Some)
}

/// The text of a run.
pub(super) fn write(record: &RunRecord, rows: &[Row]) -> Result<String, StoreError> {
    let header = Header {
        workflow_export: FORMAT,
        written_by: env!("CARGO_PKG_VERSION").to_owned(),
        workflow: record.workflow.clone(),
        version: record.version,
        fingerprint: format!("{:016x}", record.fingerprint),
        run_id: record.run_id.to_string(),
        user_id: record.user_id.clone(),
        status: record.status.to_string(),
        events: rows.len(),
    };
    let mut text = json(&header)?;
    for row in rows {
        text.push('\n');
        text += &json(&line(row)?)?;
    }
    text.push('\n');
    Ok(text)
}

fn line(row: &Row) -> Result<Line, StoreError> {
    let raw = |text: String| RawValue::from_string(text).map_err(|error| corrupt(row.seq, &error));
    let payload = row.payload.clone().map(String::from_utf8).transpose();
    let payload = payload.map_err(|error| corrupt(row.seq, &error))?;
    Ok(Line {
        seq: row.seq,
        turn: row.turn,
        event_id: row.event_id.to_string(),
        event_type: row.event_type.to_string(),
        occurred_at: row.occurred_at,
        recorded_at: row.recorded_at,
        fields: raw(row.fields.clone())?,
        payload: payload.map(raw).transpose()?,
    })
}

fn json(line: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(line).map_err(|error| corrupt(0, &error))
}

fn corrupt(seq: u64, why: &dyn fmt::Display) -> StoreError {
    let message = format!("writing event {seq} of a run down failed, because it is no JSON: {why}");
    StoreError::new(StoreErrorKind::Corrupt, message)
}

/// A run that was written down.
#[cfg(any(test, feature = "testing"))]
#[derive(Debug)]
pub(crate) struct Export {
    pub(crate) header: Header,
    pub(crate) rows: Vec<Row>,
}

/// Why a text is no run that this version reads.
#[cfg(any(test, feature = "testing"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable(String);

#[cfg(any(test, feature = "testing"))]
impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(any(test, feature = "testing"))]
impl Unreadable {
    pub(super) fn of(why: &dyn fmt::Display) -> Self {
        Self(format!("the first line of the export: {why}"))
    }
}

#[cfg(any(test, feature = "testing"))]
impl Export {
    /// Reads what [`write`] wrote.
    pub(crate) fn read(text: &str) -> Result<Self, Unreadable> {
        let mut lines = text.lines();
        let header = Self::header(lines.next().unwrap_or_default())?;
        let rows: Vec<_> = lines.zip(2..).map(row).collect::<Result<_, _>>()?;
        if rows.len() != header.events {
            return Err(Unreadable(format!(
                "the export says that it has {} events, and {} follow; it was cut off or put \
                 together: export the run again",
                header.events,
                rows.len()
            )));
        }
        Ok(Self { header, rows })
    }

    fn header(line: &str) -> Result<Header, Unreadable> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Format {
            workflow_export: u32,
            written_by: String,
        }
        let no_export = |error| {
            Unreadable(format!(
                "the text is no exported run: its first line has to be the one that \
                 `engine.export(run)` writes ({error})"
            ))
        };
        let format: Format = serde_json::from_str(line).map_err(no_export)?;
        let found = format.workflow_export;
        if found == FORMAT {
            return serde_json::from_str(line).map_err(no_export);
        }
        let (written_by, own) = (format.written_by, env!("CARGO_PKG_VERSION"));
        let way_out = if found > FORMAT {
            "verify it with that version, or a newer one"
        } else {
            "export the run again"
        };
        Err(Unreadable(format!(
            "the export has format {found}, as workflow-core {written_by} wrote it, and \
             workflow-core {own} reads format {FORMAT}; {way_out}"
        )))
    }
}

#[cfg(any(test, feature = "testing"))]
fn row((line, number): (&str, usize)) -> Result<Row, Unreadable> {
    let read: Line = serde_json::from_str(line)
        .map_err(|error| Unreadable(format!("line {number} of the export is no event: {error}")))?;
    let wrong = |why: &dyn fmt::Display| Unreadable(format!("line {number} of the export: {why}"));
    let event_type = read.event_type.parse().map_err(|why| wrong(&why))?;
    let event_id = read.event_id.parse().map_err(|why| wrong(&why))?;
    Ok(Row {
        seq: read.seq,
        turn: read.turn,
        event_id,
        event_type,
        occurred_at: read.occurred_at,
        recorded_at: read.recorded_at,
        // Whom the values are shown to matters to delivery only.
        audience: Audience::default(),
        fields: read.fields.get().to_owned(),
        payload: read.payload.map(|payload| payload.get().into()),
    })
}
