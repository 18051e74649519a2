//! A signal and a child: an expense waits for somebody to approve it, for three days at most.
//!
//! Nothing of the process waits: the run is in the store, and whoever has its id can send the
//! signal, from any process, before or after the run waits for it. What is approved is paid by a
//! run of its own, which the first one starts as its child and whose end wakes it.
//!
//! The clock of this example is moved by hand, so that three days pass at once.

use std::sync::Arc;

use workflow_core::prelude::*;
use workflow_core::store::{MemoryStore, RunStatus};
use workflow_core::testing::TestClock;
use workflow_core::{Clock as _, ErrorKind};

#[workflow]
async fn expense(what: String, amount: u64) -> Result<String> {
    let approved = wait!("approval", timeout = "3 days").await;
    let by: String = match approved {
        Ok(by) => by,
        Err(error) if error.kind() == ErrorKind::Timeout => {
            step!("remind", say(format!("nobody approved {what}"))).await?;
            return Ok("expired".to_owned());
        }
        Err(error) => return Err(error.into()),
    };
    let receipt = child!("payment", payment(what, amount)).await?;
    Ok(format!("approved by {by}, {receipt}"))
}

#[workflow]
async fn payment(what: String, amount: u64) -> Result<String> {
    step!("transfer", say(format!("{amount} paid for {what}"))).await?;
    Ok(format!("receipt for {amount}"))
}

#[expect(clippy::unused_async, reason = "a real step would wait for something")]
async fn say(text: String) -> Result<()> {
    println!("{text}");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    let clock = TestClock::manual();
    let engine = Engine::builder()
        .store(MemoryStore::new())
        .clock(Arc::new(clock.clone()))
        .workflow(expense)
        .workflow(payment)
        .start()
        .await?;

    let lamp = engine.start(expense, "lamp", ("a lamp".into(), 40)).await?;
    waits(&lamp).await?;
    engine.signal(lamp.id(), "approval", "ann").await?;
    println!("the lamp: {}", lamp.result().await?);

    let yacht = ("a yacht".into(), 4_000_000);
    let yacht = engine.start(expense, "yacht", yacht).await?;
    waits(&yacht).await?;
    clock.set(clock.now().plus(workflow_core::duration("3 days")?));
    println!("the yacht: {}", yacht.result().await?);
    let late = engine.signal(yacht.id(), "approval", "ann").await;
    println!("too late: {}", late.is_err());

    examples::print_events(&lamp).await
}

/// Until the run waits for its signal.
async fn waits<T>(run: &workflow_core::RunHandle<T>) -> Result<()> {
    while run.status().await? != RunStatus::Waiting {
        tokio::task::yield_now().await;
    }
    Ok(())
}

// Output:
// 40 paid for a lamp
// the lamp: approved by ann, receipt for 40
// nobody approved a yacht
// the yacht: expired
// too late: true
//   1  workflow.started
//   2  signal.awaited       approval
//   3  workflow.paused      signal
//   4  workflow.resumed     signal
//   5  signal.received      approval
//   6  child.started        payment
//   7  workflow.paused      child
//   8  workflow.resumed     child
//   9  child.completed      payment
//  10  workflow.completed
