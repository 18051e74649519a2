//! `part!` in a function that is no workflow and no part.

use workflow_core::{Result, part, step, workflow};

#[workflow(part)]
async fn ship(item: &u64) -> Result<()> {
    step!("pack", pack(*item)).await?;
    Ok(())
}

async fn shipped(item: u64) -> Result<()> {
    part!("ship", ship(&item)).await
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
