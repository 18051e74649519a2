use workflow_core::{Result, workflow};

#[workflow(capture = "everything")]
async fn checkout(order: u64) -> Result<u64> {
    Ok(order)
}

fn main() {}
