//! A step that fails twice and then succeeds: a retry policy, a time limit, and what the log says.

use std::sync::atomic::{AtomicU32, Ordering};

use workflow_core::prelude::*;
use workflow_core::store::MemoryStore;

/// A bank on a bad day. Clients, pools and the like are resources: workflows borrow them.
#[derive(Default)]
struct Bank {
    calls: AtomicU32,
}

impl Bank {
    /// Refuses the first call, never answers the second, and takes the third.
    async fn charge(&self, cents: u64) -> Result<String> {
        match self.calls.fetch_add(1, Ordering::Relaxed) {
            0 => Err(Error::msg("the bank is busy")),
            1 => std::future::pending().await,
            _ => Ok(format!("{cents} cents charged")),
        }
    }
}

// `times(3)` allows three retries after the first try. Each attempt may take 100 ms. The instant
// of the next attempt is in the log, so a restart waits for the rest of the delay, not again.
#[workflow]
async fn pay(cents: u64, #[resource] bank: &Bank) -> Result<String> {
    let receipt = step!(
        "charge",
        retry = Retry::exponential("150 ms").times(3),
        timeout = "100 ms",
        bank.charge(cents)
    )
    .await?;
    Ok(receipt)
}

#[tokio::main]
async fn main() -> Result<()> {
    let engine = Engine::builder()
        .store(MemoryStore::new())
        .resource(Bank::default())
        .workflow(pay)
        .start()
        .await?;
    let run = engine.start(pay, "payment-1", 4_200).await?;
    println!("{}", run.result().await?);
    examples::print_events(&run).await
}

// Output:
// 4200 cents charged
//   1  workflow.started
//   2  step.started         charge  attempt 1
//   3  timeout.set          charge  attempt 1  timeoutMs 100
//   4  step.failed          charge  attempt 1  willRetry true  "the bank is busy"
//   5  retry.scheduled      charge  attempt 1  delayMs 150
//   6  workflow.paused      charge  retry
//   7  workflow.resumed     retry
//   8  step.started         charge  attempt 2
//   9  timeout.set          charge  attempt 2  timeoutMs 100
//  10  timeout.exceeded     charge  attempt 2  timeoutMs 100
//  11  step.failed          charge  attempt 2  willRetry true  "attempt of step `charge` took longer than 100ms"
//  12  retry.scheduled      charge  attempt 2  delayMs 300
//  13  workflow.paused      charge  retry
//  14  workflow.resumed     retry
//  15  step.started         charge  attempt 3
//  16  timeout.set          charge  attempt 3  timeoutMs 100
//  17  step.completed       charge  attempt 3
//  18  workflow.completed
