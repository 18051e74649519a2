//! A part that calls nothing.

use workflow_core::{Result, part, workflow};

#[workflow]
async fn shipped() -> Result<()> {
    part!("ship").await
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
