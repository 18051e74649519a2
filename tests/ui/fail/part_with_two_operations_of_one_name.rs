//! Two operations of one name in a part.

use workflow_core::{Result, step, workflow};

#[workflow(part)]
async fn ship(item: &u64) -> Result<()> {
    step!("pack", pack(*item)).await?;
    step!("pack", pack(*item)).await?;
    Ok(())
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
