//! A part that reads the clock.

use workflow_core::{Result, step, workflow};

#[workflow(part)]
async fn ship(item: &u64) -> Result<()> {
    if std::time::SystemTime::now().elapsed().is_ok() {
        step!("pack", pack(*item)).await?;
    }
    Ok(())
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
