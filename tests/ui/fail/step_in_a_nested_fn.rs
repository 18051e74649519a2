use workflow_core::{Result, step, workflow};

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    async fn pay(order: u64) -> Result<u64> {
        Ok(step!("charge", charge(order)).await?)
    }
    pay(order).await
}

fn main() {}
