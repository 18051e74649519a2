use workflow_core::{Result, workflow};

#[workflow(allow(unused_variables))]
async fn checkout(order: u64) -> Result<u64> {
    Ok(order)
}

fn main() {}
