//! The workflows that are measured.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, Semaphore};
use workflow_core::EngineBuilder;
use workflow_core::prelude::*;

/// About 100 bytes of JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Receipt {
    id: u64,
    status: String,
    carrier: String,
    note: String,
}

async fn receipt(id: u64) -> Result<Receipt> {
    std::future::ready(Ok(Receipt {
        id,
        status: "accepted".to_owned(),
        carrier: "north-west".to_owned(),
        note: "left with the neighbour at number 7".to_owned(),
    }))
    .await
}

/// W1: three steps in sequence.
#[workflow]
pub(crate) async fn three(id: u64) -> Result<u64> {
    step!("charge", receipt(id)).await?;
    step!("pack", receipt(id)).await?;
    let last = step!("ship", receipt(id)).await?;
    Ok(last.id)
}

/// W2 and the growth of a history: so many steps in sequence.
#[workflow]
pub(crate) async fn many(steps: u64) -> Result<u64> {
    let mut done = 0;
    while done < steps {
        done += step!("count", async { Ok::<_, Error>(1_u64) }).await?;
    }
    Ok(done)
}

/// So many children at once, of one step each.
#[workflow]
pub(crate) async fn family(children: u64) -> Result<u64> {
    let all = (0..children).map(|number| child!("child", key = number, many(1)));
    Ok(try_join_all(all).await?.into_iter().sum())
}

/// W3: sleeps for an hour.
#[workflow]
pub(crate) async fn nap(id: u64) -> Result<u64> {
    sleep!("nap", "1 hour").await;
    Ok(id)
}

/// Sleeps for so many seconds, after so many steps.
#[workflow]
pub(crate) async fn steps_then_nap(steps: u64, nap: Duration) -> Result<u64> {
    let mut done = 0;
    while done < steps {
        done += step!("count", async { Ok::<_, Error>(1_u64) }).await?;
    }
    sleep!("nap", nap).await;
    Ok(done)
}

/// Whose turn it is to end.
static TURN: Semaphore = Semaphore::const_new(1);

/// So many steps at once, which end one after the other; then sleeps.
#[workflow]
pub(crate) async fn wide_then_nap(steps: u64, nap: Duration) -> Result<u64> {
    let all = (0..steps).map(|number| {
        step!("count", key = number, async {
            let turn = TURN.acquire().await?;
            tokio::task::yield_now().await;
            drop(turn);
            Ok::<_, Error>(1_u64)
        })
    });
    let done: u64 = try_join_all(all).await?.into_iter().sum();
    sleep!("nap", nap).await;
    Ok(done)
}

/// W4: three steps, of which the second waits at a gate.
#[workflow]
pub(crate) async fn gated(id: u64, #[resource] gate: &Gate) -> Result<u64> {
    step!("before", receipt(id)).await?;
    step!("at-the-gate", gate.pass(id)).await?;
    step!("after", receipt(id)).await?;
    Ok(id)
}

/// A step whose value has so many bytes.
#[workflow]
pub(crate) async fn payload(bytes: usize) -> Result<usize> {
    let text = step!("payload", async { Ok::<_, Error>("x".repeat(bytes)) }).await?;
    Ok(text.len())
}

/// Where runs wait.
#[derive(Debug)]
pub(crate) struct Gate {
    open: Semaphore,
    arrived: Notify,
    waiting: std::sync::atomic::AtomicU64,
}

impl Gate {
    pub(crate) fn closed() -> Arc<Self> {
        Self::with(0)
    }

    pub(crate) fn open() -> Arc<Self> {
        Self::with(Semaphore::MAX_PERMITS)
    }

    fn with(permits: usize) -> Arc<Self> {
        Arc::new(Self {
            open: Semaphore::new(permits),
            arrived: Notify::new(),
            waiting: 0.into(),
        })
    }

    async fn pass(&self, id: u64) -> Result<Receipt> {
        self.waiting
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.arrived.notify_one();
        let permit = self.open.acquire().await;
        drop(permit?);
        receipt(id).await
    }

    /// Waits until so many runs wait here.
    pub(crate) async fn until_waiting(&self, runs: u64) {
        while self.waiting.load(std::sync::atomic::Ordering::Relaxed) < runs {
            self.arrived.notified().await;
        }
    }

    pub(crate) fn let_pass(&self) {
        self.open.add_permits(Semaphore::MAX_PERMITS);
    }
}

/// Registers them all; the gate is open unless the engine is given another one.
pub(crate) fn register(builder: EngineBuilder) -> EngineBuilder {
    builder
        .workflow(three)
        .workflow(many)
        .workflow(family)
        .workflow(nap)
        .workflow(steps_then_nap)
        .workflow(wide_then_nap)
        .workflow(gated)
        .workflow(payload)
        .resource_arc(Gate::open())
}
