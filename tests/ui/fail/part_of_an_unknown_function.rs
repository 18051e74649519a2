//! `part!` calls what is not there.

use workflow_core::{Result, part, workflow};

#[workflow]
async fn shipped(item: u64) -> Result<()> {
    part!("ship", shipp(&item)).await
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
