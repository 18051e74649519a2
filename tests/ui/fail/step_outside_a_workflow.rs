use workflow_core::{Result, step};

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

async fn checkout(order: u64) -> Result<u64> {
    Ok(step!("charge", charge(order)).await?)
}

fn main() {}
