use workflow_core::{Result, wait, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let () = wait!("approval", signal = "Order Approved").await?;
    Ok(order)
}

fn main() {}
