use workflow_core::{Result, sleep, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    sleep!("5 seconds").await;
    Ok(order)
}

fn main() {}
