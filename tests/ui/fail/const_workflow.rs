use workflow_core::{Result, workflow};

#[workflow]
const async fn checkout(order: u64) -> Result<u64> {
    Ok(order)
}

fn main() {}
