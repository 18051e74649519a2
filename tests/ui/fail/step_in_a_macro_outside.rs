use workflow_core::{Result, step, workflow};

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

macro_rules! pay {
    ($order:expr) => {
        step!("charge", charge($order))
    };
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let payment = pay!(order).await?;
    Ok(payment)
}

fn main() {}
