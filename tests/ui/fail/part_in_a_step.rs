//! A part inside the body of a step.

use workflow_core::{Result, part, step, workflow};

#[workflow(part)]
async fn ship(item: &u64) -> Result<()> {
    step!("pack", pack(*item)).await?;
    Ok(())
}

#[workflow]
async fn shipped(item: u64) -> Result<()> {
    step!("all", async { part!("ship", ship(&item)).await }).await?;
    Ok(())
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
