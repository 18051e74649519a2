//! A part with a type parameter.

use workflow_core::{Result, step, workflow};

#[workflow(part)]
async fn ship<T: Into<u64>>(item: T) -> Result<()> {
    step!("pack", pack(item.into())).await?;
    Ok(())
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
