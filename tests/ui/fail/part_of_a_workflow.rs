//! `part!` calls a workflow.

use workflow_core::{Result, part, workflow};

#[workflow]
async fn ship(item: u64) -> Result<()> {
    pack(item).await
}

#[workflow]
async fn shipped(item: u64) -> Result<()> {
    part!("ship", ship(item)).await
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
