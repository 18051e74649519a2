use workflow_core::{Result, step, workflow};

const CHARGE: &str = "charge";

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let payment = step!(CHARGE, charge(order)).await?;
    Ok(payment)
}

fn main() {}
