use workflow_core::{Result, step, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let payment = step!("charge", order.).await?;
    Ok(payment)
}

fn main() {}
