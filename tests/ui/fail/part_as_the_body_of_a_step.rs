//! A step whose body is the call of a part.

use workflow_core::{Result, step, workflow};

#[workflow(part)]
async fn ship(item: &u64) -> Result<()> {
    step!("pack", pack(*item)).await?;
    Ok(())
}

#[workflow]
async fn shipped(item: u64) -> Result<()> {
    step!("all", ship(&item)).await?;
    Ok(())
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
