//! `part!` calls a method.

use workflow_core::{Result, part, workflow};

struct Shop;

impl Shop {
    async fn ship(&self) -> Result<()> {
        Ok(())
    }
}

#[workflow]
async fn shipped(#[resource] shop: &Shop) -> Result<()> {
    part!("ship", shop.ship()).await
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
