//! A part is called with the wrong argument.

use workflow_core::{Result, part, step, workflow};

#[workflow(part)]
async fn ship(item: &u64) -> Result<()> {
    step!("pack", pack(*item)).await?;
    Ok(())
}

#[workflow]
async fn shipped(item: String) -> Result<()> {
    part!("ship", ship(&item)).await
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
