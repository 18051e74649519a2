use workflow_core::{Result, workflow};

#[workflow]
async fn invoice(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let number = invoice(order).await?;
    Ok(number)
}

fn main() {}
