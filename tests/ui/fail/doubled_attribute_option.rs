use workflow_core::{Result, workflow};

#[workflow(version = 1, version = 2)]
async fn checkout(order: u64) -> Result<u64> {
    Ok(order)
}

fn main() {}
