//! A part that borrows without `&` or a lifetime.

use workflow_core::{Result, step, workflow};

struct Item<'a>(&'a u64);

#[workflow(part)]
async fn ship(item: Item) -> Result<()> {
    step!("pack", pack(*item.0)).await?;
    Ok(())
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
