//! A part that is declared inside the workflow that calls it.

use workflow_core::{Result, part, step, workflow};

#[workflow]
async fn shipped(item: u64) -> Result<()> {
    #[workflow(part)]
    async fn ship(item: &u64) -> Result<()> {
        step!("pack", pack(*item)).await?;
        Ok(())
    }
    part!("ship", ship(&item)).await
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
