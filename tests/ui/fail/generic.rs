use workflow_core::{Result, workflow};

#[workflow]
async fn checkout<T: Into<u64>>(order: T) -> Result<u64> {
    Ok(order.into())
}

fn main() {}
