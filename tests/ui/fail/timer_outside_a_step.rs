use std::time::Duration;

use workflow_core::{Result, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    tokio::time::sleep(Duration::from_secs(order)).await;
    Ok(order)
}

fn main() {}
