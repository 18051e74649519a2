//! Durare: checkpoints every step, in a pool of five connections.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use durare::{
    DurableContext, DurableEngine, InMemoryProvider, SqliteProvider, WorkflowHandle,
    WorkflowOptions,
};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::Outcome;
use crate::system::{Kind, Receipt, gate};

#[durare::step]
async fn receipt(ctx: &DurableContext, id: u64) -> durare::Result<Receipt> {
    if id == 1 {
        gate().await;
    }
    Ok(Receipt::new(id))
}

#[durare::workflow]
async fn steps(ctx: DurableContext, steps: u64) -> durare::Result<u64> {
    for id in 0..steps {
        receipt(&ctx, id).await?;
    }
    Ok(steps)
}

#[derive(Clone)]
pub struct Durare {
    engine: Arc<DurableEngine>,
    handles: Arc<Mutex<HashMap<String, WorkflowHandle<u64>>>>,
}

impl Durare {
    pub async fn open(kind: Kind, path: &Path) -> Outcome<Self> {
        let url = format!("sqlite://{}", path.display());
        let engine = match kind {
            Kind::DurareMemory => DurableEngine::new(Arc::new(InMemoryProvider::new())).await?,
            Kind::DurareFull => {
                let provider = SqliteProvider::from_pool(full_pool(path).await?);
                DurableEngine::new(Arc::new(provider)).await?
            }
            _ => DurableEngine::new(Arc::new(SqliteProvider::connect(&url).await?)).await?,
        };
        Ok(Self {
            engine: Arc::new(engine),
            handles: Arc::default(),
        })
    }

    pub async fn start(&self, id: &str, steps: u64) -> Result<(), String> {
        let options = WorkflowOptions::with_id(id);
        let handle = self
            .engine
            .start_with(Steps, steps, options)
            .await
            .map_err(|error| error.to_string())?;
        self.handles
            .lock()
            .expect("nobody panicked")
            .insert(id.to_owned(), handle);
        Ok(())
    }

    pub async fn wait(&self, id: &str) -> Result<(), String> {
        let here = self.handles.lock().expect("nobody panicked").remove(id);
        let handle = match here {
            Some(handle) => handle,
            None => self
                .engine
                .retrieve_workflow(id)
                .await
                .map_err(|error| error.to_string())?,
        };
        handle
            .result()
            .await
            .map(drop)
            .map_err(|error| error.to_string())
    }

    pub async fn recover(&self) -> Result<(), String> {
        self.engine
            .recover()
            .await
            .map(drop)
            .map_err(|error| error.to_string())
    }
}

/// What `connect` makes, but for `synchronous`.
async fn full_pool(path: &Path) -> Outcome<sqlx::SqlitePool> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(std::time::Duration::from_secs(5));
    Ok(SqlitePoolOptions::new()
        .max_connections(5)
        .connect_with(options)
        .await?)
}
