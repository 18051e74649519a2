use workflow_core::{Result, workflow};

#[workflow(name)]
async fn checkout(order: u64) -> Result<u64> {
    Ok(order)
}

fn main() {}
