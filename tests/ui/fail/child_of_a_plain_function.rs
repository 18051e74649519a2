use workflow_core::{Result, child, workflow};

async fn invoice(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    Ok(child!("invoice", invoice(order)).await?)
}

fn main() {}
