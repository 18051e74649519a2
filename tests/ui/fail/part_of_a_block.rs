//! `part!` with a block instead of a call.

use workflow_core::{Result, part, workflow};

#[workflow]
async fn shipped(item: u64) -> Result<()> {
    part!("ship", async { pack(item).await }).await
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
