use workflow_core::{Result, value, workflow};

async fn quote(order: u64) -> u64 {
    order
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let price = value!("price", quote(order).await).await;
    Ok(price)
}

fn main() {}
