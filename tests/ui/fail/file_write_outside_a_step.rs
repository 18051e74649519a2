use workflow_core::{Result, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    std::fs::write("last-order", order.to_string())?;
    Ok(order)
}

fn main() {}
