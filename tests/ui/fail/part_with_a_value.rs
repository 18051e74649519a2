//! `part` with a value.

use workflow_core::{Result, step, workflow};

#[workflow(part = "ship")]
async fn ship(item: &u64) -> Result<()> {
    step!("pack", pack(*item)).await?;
    Ok(())
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
