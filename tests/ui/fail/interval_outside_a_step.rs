use std::time::Duration;

use workflow_core::{Result, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let mut beat = tokio::time::interval(Duration::from_secs(order));
    beat.tick().await;
    Ok(order)
}

fn main() {}
