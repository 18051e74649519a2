//! Duroxide: a queue of work in tables, and dispatchers that poll it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use duroxide::providers::sqlite::SqliteProvider;
use duroxide::runtime::Runtime;
use duroxide::runtime::registry::ActivityRegistry;
use duroxide::{
    ActivityContext, Client, OrchestrationContext, OrchestrationRegistry, OrchestrationStatus,
};

use crate::Outcome;
use crate::system::{Receipt, gate};

pub struct Duroxide {
    client: Client,
    _runtime: Arc<Runtime>,
}

impl Duroxide {
    pub async fn open(path: &Path) -> Outcome<Self> {
        let url = format!("sqlite:{}?mode=rwc", path.display());
        let store = Arc::new(SqliteProvider::new(&url, None).await?);
        let activities = ActivityRegistry::builder()
            .register("receipt", receipt)
            .build();
        let orchestrations = OrchestrationRegistry::builder()
            .register("steps", steps)
            .build();
        let runtime = Runtime::start_with_store(store.clone(), activities, orchestrations).await;
        Ok(Self {
            client: Client::new(store),
            _runtime: runtime,
        })
    }

    pub async fn start(&self, id: &str, steps: u64) -> Result<(), String> {
        let started = self
            .client
            .start_orchestration(id, "steps", steps.to_string())
            .await;
        started.map_err(|error| error.to_string())
    }

    pub async fn wait(&self, id: &str) -> Result<(), String> {
        let ended = self
            .client
            .wait_for_orchestration(id, Duration::from_secs(600))
            .await;
        match ended.map_err(|error| error.to_string())? {
            OrchestrationStatus::Completed { .. } => Ok(()),
            other => Err(format!("{other:?}")),
        }
    }
}

async fn receipt(_context: ActivityContext, id: String) -> Result<String, String> {
    if id == "1" {
        gate().await;
    }
    let id = id.parse().map_err(|_| "no number".to_owned())?;
    serde_json::to_string(&Receipt::new(id)).map_err(|error| error.to_string())
}

async fn steps(context: OrchestrationContext, steps: String) -> Result<String, String> {
    let steps: u64 = steps.parse().map_err(|_| "no number".to_owned())?;
    for id in 0..steps {
        context.schedule_activity("receipt", id.to_string()).await?;
    }
    Ok(steps.to_string())
}
