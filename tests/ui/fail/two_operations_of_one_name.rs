use workflow_core::{Result, step, workflow};

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let a = step!("charge", charge(order)).await?;
    let b = step!("charge", charge(order + 1)).await?;
    Ok(a + b)
}

fn main() {}
