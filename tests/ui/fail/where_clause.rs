use workflow_core::{Result, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64>
where
    u64: Copy,
 {
    Ok(order)
}

fn main() {}
