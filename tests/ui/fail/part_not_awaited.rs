//! A part is not awaited.

use workflow_core::{Result, part, step, workflow};

#[workflow(part)]
async fn ship(item: &u64) -> Result<()> {
    step!("pack", pack(*item)).await?;
    Ok(())
}

#[workflow]
async fn shipped(item: u64) -> Result<()> {
    #[deny(unused_must_use)]
    {
        part!("ship", ship(&item));
    }
    Ok(())
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
