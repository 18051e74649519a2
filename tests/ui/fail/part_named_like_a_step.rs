//! A part with the name of a step of the same body.

use workflow_core::{Result, part, step, workflow};

#[workflow(part)]
async fn ship(item: &u64) -> Result<()> {
    step!("pack", pack(*item)).await?;
    Ok(())
}

#[workflow]
async fn shipped(item: u64) -> Result<()> {
    step!("ship", pack(item)).await?;
    part!("ship", ship(&item)).await
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
