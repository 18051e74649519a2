use workflow_core::{Result, step, workflow};

struct Payment(u64);

async fn charge(order: u64) -> Result<Payment> {
    Ok(Payment(order))
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let payment = step!("charge", charge(order)).await?;
    Ok(payment.0)
}

fn main() {}
