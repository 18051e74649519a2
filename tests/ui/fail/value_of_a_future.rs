use workflow_core::{Result, value, workflow};

async fn quote(order: u64) -> u64 {
    order
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let _price = value!("price", quote(order)).await;
    Ok(order)
}

fn main() {}
