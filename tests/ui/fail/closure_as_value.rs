use workflow_core::{Result, value, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let twice = value!("twice", || order * 2).await;
    Ok(twice)
}

fn main() {}
