//! A part that is a method.

use workflow_core::{Result, step, workflow};

struct Item(u64);

impl Item {
    #[workflow(part)]
    async fn ship(&self) -> Result<()> {
        step!("pack", pack(self.0)).await?;
        Ok(())
    }
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
