//! A durable sleep: the engine stops, the run sleeps on in the file, and the next engine wakes it.
//!
//! A sleep is no timer of the process. What is stored is the instant at which it ends, and a run
//! that waits for it has no owner: whichever engine has the file when the instant has come goes
//! on with the run. Here both engines live in one process, one after the other, to keep the
//! example short; nothing would be different in two processes, or on the next day.

use std::path::Path;
use std::time::Duration;

use workflow_core::prelude::*;
use workflow_core::store::{RunStatus, SqliteStore};

#[workflow]
async fn tea(kind: String) -> Result<String> {
    step!("pour", say(format!("water poured over {kind}"))).await?;
    sleep!("draw", "1s").await;
    step!("call", say(format!("{kind} is ready"))).await?;
    Ok(kind)
}

#[expect(clippy::unused_async, reason = "a real step would wait for something")]
async fn say(text: String) -> Result<()> {
    println!("{text}");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("tea.db");
    first_engine(&file).await?;
    second_engine(&file).await
}

async fn first_engine(file: &Path) -> Result<()> {
    let engine = engine(file).await?;
    let run = engine.start(tea, "tea-1", "sencha".into()).await?;
    while run.status().await? != RunStatus::Waiting {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    engine.shutdown(Duration::from_secs(5)).await;
    println!("-- the first engine has stopped, the run is waiting --");
    Ok(())
}

async fn second_engine(file: &Path) -> Result<()> {
    let engine = engine(file).await?;
    let run = engine.run(tea, "tea-1").await?;
    println!("the second engine brings: {}", run.result().await?);
    examples::print_events(&run).await
}

async fn engine(file: &Path) -> Result<Engine> {
    let store = SqliteStore::open(file)?;
    Ok(Engine::builder().store(store).workflow(tea).start().await?)
}

// Output:
// water poured over sencha
// -- the first engine has stopped, the run is waiting --
// sencha is ready
// the second engine brings: sencha
//   1  workflow.started
//   2  step.started         pour  attempt 1
//   3  step.completed       pour  attempt 1
//   4  sleep.started        draw
//   5  workflow.paused      sleep
//   6  workflow.resumed     sleep
//   7  sleep.completed      draw
//   8  step.started         call  attempt 1
//   9  step.completed       call  attempt 1
//  10  workflow.completed
