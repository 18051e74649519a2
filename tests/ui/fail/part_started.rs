//! An engine is to start a part.

use workflow_core::{Engine, Result, step, workflow};

#[workflow(part)]
async fn ship(item: &u64) -> Result<()> {
    step!("pack", pack(*item)).await?;
    Ok(())
}

async fn started(engine: &Engine) {
    let _ = engine.start(ship, "one", &3).await;
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
