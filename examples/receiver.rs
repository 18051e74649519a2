//! A receiver that does it right: durable before it answers, every event once, every run in order.
//!
//! ```text
//! cargo run --example receiver -- 127.0.0.1:8080 received.db
//! ```

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header::CONTENT_ENCODING};
use axum::{Router, routing::post};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde_json::Value;

const TABLES: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS received (event_id TEXT PRIMARY KEY, run_id TEXT, seq INTEGER, event TEXT);
    CREATE INDEX IF NOT EXISTS received_by_run ON received (run_id, seq);
    CREATE TABLE IF NOT EXISTS applied (nth INTEGER PRIMARY KEY, run_id TEXT, seq INTEGER, type TEXT);
    CREATE UNIQUE INDEX IF NOT EXISTS applied_by_run ON applied (run_id, seq);";

type Database = Arc<Mutex<Connection>>;

async fn receive(database: State<Database>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if headers.contains_key(CONTENT_ENCODING) {
        // No gzip here: the tracker sends the same again uncompressed, and remembers.
        return StatusCode::UNSUPPORTED_MEDIA_TYPE;
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(events) = body["events"].as_array() else {
        return StatusCode::BAD_REQUEST;
    };
    let mut database = database.lock().expect("nobody panics while holding it");
    match keep(&mut database, events) {
        Ok(()) => StatusCode::NO_CONTENT,
        // Not a 2xx: all of it is sent again.
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Keeps the events and applies what can be applied. When it returns, both are durable.
fn keep(database: &mut Connection, events: &[Value]) -> rusqlite::Result<()> {
    let transaction = database.transaction()?;
    for event in events {
        let (id, run, seq) = (&event["eventId"], &event["runId"], &event["seq"]);
        let row = params![id.as_str(), run.as_str(), seq.as_i64(), event.to_string()];
        // An id that is known is the same event once more.
        transaction.execute(
            "INSERT OR IGNORE INTO received VALUES (?1, ?2, ?3, ?4)",
            row,
        )?;
        while apply_next(&transaction, run.as_str())? {}
    }
    transaction.commit()
}

/// Applies the event after the last one of a run, if it is here. What lies behind a gap waits.
fn apply_next(transaction: &Transaction<'_>, run: Option<&str>) -> rusqlite::Result<bool> {
    let next = "SELECT seq, event ->> 'type' FROM received WHERE run_id = ?1 AND seq = \
        1 + (SELECT coalesce(max(seq), 0) FROM applied WHERE run_id = ?1)";
    let next = transaction.query_row(next, [run], |row| Ok((row.get(0)?, row.get(1)?)));
    let Some((seq, event_type)): Option<(i64, String)> = next.optional()? else {
        return Ok(false);
    };
    // Here is what your program does with an event, in the same transaction.
    let insert = "INSERT INTO applied (run_id, seq, type) VALUES (?1, ?2, ?3)";
    transaction.execute(insert, params![run, seq, event_type])?;
    Ok(true)
}

#[tokio::main]
async fn main() -> workflow_core::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = |default: &str| arguments.next().unwrap_or_else(|| default.to_owned());
    let listener = tokio::net::TcpListener::bind(argument("127.0.0.1:8080")).await?;
    let database = Connection::open(argument("received.db"))?;
    database.execute_batch(TABLES)?;
    let router = Router::new()
        .route("/events", post(receive))
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::new(Mutex::new(database)));
    println!("listening on {}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}
