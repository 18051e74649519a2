use workflow_core::{Result, workflow};

#[workflow]
async unsafe fn checkout(order: u64) -> Result<u64> {
    Ok(order)
}

fn main() {}
