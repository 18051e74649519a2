//! `part!` calls a function that is not marked.

use workflow_core::{Result, part, workflow};

#[workflow]
async fn shipped(item: u64) -> Result<()> {
    part!("ship", pack(item)).await
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
