//! A part with `capture`.

use workflow_core::{Result, step, workflow};

#[workflow(part, capture = "full")]
async fn ship(item: &u64) -> Result<()> {
    step!("pack", pack(*item)).await?;
    Ok(())
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
