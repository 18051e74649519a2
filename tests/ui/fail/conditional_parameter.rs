use workflow_core::{Result, workflow};

#[workflow]
async fn checkout(order: u64, #[cfg(unix)] _owner: u32) -> Result<u64> {
    Ok(order)
}

fn main() {}
