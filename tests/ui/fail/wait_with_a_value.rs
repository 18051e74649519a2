use workflow_core::{Result, wait, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let () = wait!("approval", "3 days").await?;
    Ok(order)
}

fn main() {}
