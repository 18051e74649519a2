use workflow_core::{Result, child, workflow};

#[workflow]
async fn invoice(order: u64) -> Result<u64> {
    Ok(order)
}

async fn checkout(order: u64) {
    let _ = child!("invoice", invoice(order)).await;
}

fn main() {}
