use workflow_core::{Result, step, workflow};

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let payment = step!("charge", timeout = , charge(order)).await?;
    Ok(payment)
}

fn main() {}
