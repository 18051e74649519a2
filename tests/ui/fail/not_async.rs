use workflow_core::{Result, step, workflow};

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
fn checkout(order: u64) -> Result<u64> {
    step!("charge", charge(order)).await
}

fn main() {}
