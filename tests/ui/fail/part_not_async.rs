//! A part that is not async.

use workflow_core::{Result, workflow};

#[workflow(part)]
fn ship(item: &u64) -> Result<()> {
    drop(item.clone());
    Ok(())
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
