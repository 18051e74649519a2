use workflow_core::{Result, workflow};

struct Order(u64);

#[workflow]
async fn checkout(order: Order) -> Result<u64> {
    Ok(order.0)
}

fn main() {}
