//! Asks something of a run: of the engine that executes it, or of the next one.

use std::time::{Duration, SystemTime};

use workflow_core::store::{SqliteStore, Store as _};
use workflow_core::{Cancelled, Engine, Retention};

use crate::Outcome;
use crate::find::{self, title};

/// How long what was asked may take to be written.
const PATIENCE: Duration = Duration::from_secs(10);

/// An engine that serves no workflow: it asks, and where nobody executes it closes what is
/// cancelled.
async fn engine(store: SqliteStore) -> Result<Engine, String> {
    let builder = Engine::builder()
        .store(store)
        .retention(Retention::forever());
    builder.start().await.map_err(|error| error.to_string())
}

pub(crate) async fn cancel(store: SqliteStore, name: &str, reason: Option<String>) -> Outcome {
    let run = find::run(&store, name).await?;
    let engine = engine(store).await?;
    let asked = engine.cancel(run.run_id, reason).await;
    engine.shutdown(PATIENCE).await;
    match asked.map_err(|error| error.to_string())? {
        Cancelled::Accepted => {
            println!("{} ends as cancelled", title(&run));
            Ok(())
        }
        Cancelled::Ended(status) => Err(format!("{} has ended, as {status}", title(&run))),
        _ => Err(format!("there is no run `{name}`")),
    }
}

pub(crate) async fn signal(store: SqliteStore, run: &str, name: &str, value: &str) -> Outcome {
    let run = find::run(&store, run).await?;
    let value: serde_json::Value = serde_json::from_str(value)
        .map_err(|error| format!("`{value}` is no JSON: {error}; write text as '\"text\"'"))?;
    let engine = engine(store).await?;
    let sent = engine.signal(run.run_id, name, value).await;
    engine.shutdown(PATIENCE).await;
    sent.map_err(|error| error.to_string())?;
    println!("{} has the signal `{name}`", title(&run));
    Ok(())
}

pub(crate) async fn release(store: &SqliteStore, name: &str) -> Outcome {
    let run = find::run(store, name).await?;
    let released = store.unblock(run.run, SystemTime::now().into()).await;
    if released.map_err(|error| error.to_string())? {
        println!("{} goes on", title(&run));
        Ok(())
    } else {
        Err(format!(
            "{} is not blocked, it is {}",
            title(&run),
            run.status
        ))
    }
}
