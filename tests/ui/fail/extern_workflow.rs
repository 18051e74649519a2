use workflow_core::{Result, workflow};

#[workflow]
async extern "C" fn checkout(order: u64) -> Result<u64> {
    Ok(order)
}

fn main() {}
