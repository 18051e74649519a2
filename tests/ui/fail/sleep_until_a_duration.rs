use std::time::Duration;

use workflow_core::{Result, sleep, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    sleep!("settle", until = Duration::from_secs(order)).await;
    Ok(order)
}

fn main() {}
