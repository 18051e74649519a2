use workflow_core::{Result, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let lucky = fastrand::u64(..7);
    Ok(order + lucky)
}

fn main() {}
