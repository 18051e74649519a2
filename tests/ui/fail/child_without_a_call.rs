use workflow_core::{Result, child, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let pages: u64 = child!("invoice").await?;
    Ok(order + pages)
}

fn main() {}
