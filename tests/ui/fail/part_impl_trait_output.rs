//! A part that gives an `impl Trait`.

use workflow_core::{Result, step, workflow};

#[workflow(part)]
async fn ship(item: u64) -> impl Iterator<Item = Result<()>> {
    [step!("pack", pack(item)).await.map_err(Into::into)].into_iter()
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
