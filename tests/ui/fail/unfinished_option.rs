use workflow_core::{Result, Retry, step, workflow};

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let payment = step!("charge", retry = Retry::, charge(order)).await?;
    Ok(payment)
}

fn main() {}
