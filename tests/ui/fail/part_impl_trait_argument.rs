//! A part that takes an `impl Trait`.

use workflow_core::{Result, step, workflow};

#[workflow(part)]
async fn ship(item: impl Into<u64>) -> Result<()> {
    step!("pack", pack(item.into())).await?;
    Ok(())
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
