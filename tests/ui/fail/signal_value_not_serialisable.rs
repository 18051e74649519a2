use workflow_core::{Result, wait, workflow};

struct Approval;

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let _approval: Approval = wait!("approval").await?;
    Ok(order)
}

fn main() {}
