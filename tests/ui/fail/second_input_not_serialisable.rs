use workflow_core::{Result, workflow};

struct Order(u64);

#[workflow]
async fn checkout(id: u64, order: Order) -> Result<u64> {
    Ok(id + order.0)
}

fn main() {}
