use workflow_core::{Result, wait, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let () = wait!("approval", singal = "approved").await?;
    Ok(order)
}

fn main() {}
