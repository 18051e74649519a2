use workflow_core::{Result, step, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let payment: u64 = step!("charge", order + 1).await?;
    Ok(payment)
}

fn main() {}
