use workflow_core::{Result, sleep, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    sleep!("settle", move "1 day").await;
    Ok(order)
}

fn main() {}
