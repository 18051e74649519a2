//! Something else writes to a run's log: the run is blocked, and nothing is tried for ever.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::Notify;
use workflow_core::prelude::*;
use workflow_core::store::SqliteStore;
use workflow_core::{RunError, RunStatus};

use crate::lab::LONG;

/// A step that tells when it has begun, and ends when it is told.
#[derive(Clone, Default)]
struct Door {
    begun: Arc<Notify>,
    open: Arc<Notify>,
}

impl Door {
    async fn pass(&self) -> Result<u32> {
        self.begun.notify_one();
        self.open.notified().await;
        Ok(1)
    }
}

#[workflow]
async fn enter(door_no: u32, #[resource] door: &Door) -> Result<u32> {
    Ok(step!("pass", door.pass()).await? + door_no)
}

const STRANGE: &str = "INSERT INTO log \
    (run_no, seq, turn, lane, pos, event_id, type, occurred_at, recorded_at, format, fields) \
    SELECT run_no, seq + 1, turn, lane, pos + 1000000, event_id, type, occurred_at, recorded_at, \
    format, fields FROM log ORDER BY seq DESC LIMIT 1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_whose_log_does_not_go_on_is_blocked_and_not_tried_for_ever() {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("store.db");
    let store = SqliteStore::open(&file).expect("the store opens");
    let door = Door::default();
    let engine = Engine::builder()
        .store(store)
        .resource(door.clone())
        .workflow(enter);
    let engine = engine.start().await.expect("it starts");
    let run = engine.start(enter, "one", 1).await.expect("it starts");
    door.begun.notified().await;
    let stranger = Connection::open(&file).expect("the file opens");
    stranger
        .busy_timeout(Duration::from_secs(10))
        .expect("it can wait");
    stranger.execute(STRANGE, []).expect("a row is written");
    door.open.notify_one();

    let result = tokio::time::timeout(LONG, run.result()).await;
    match result.expect("it does not hang") {
        Err(RunError::Blocked { reason }) => assert!(reason.contains("the run's log"), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(run.status().await, Ok(RunStatus::Blocked));
    assert_eq!(engine.health().store, None);
    let other = engine.start(enter, "two", 2).await.expect("others go on");
    door.begun.notified().await;
    door.open.notify_one();
    let result = tokio::time::timeout(LONG, other.result()).await;
    assert_eq!(result.expect("it ends"), Ok(3));
}
