use std::time::Duration;

use workflow_core::{Result, step, workflow};

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let limit = Duration::from_secs(order);
    let payment = tokio::time::timeout(limit, step!("charge", charge(order))).await??;
    Ok(payment)
}

fn main() {}
