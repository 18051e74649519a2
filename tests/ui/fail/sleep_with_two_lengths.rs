use workflow_core::{Result, sleep, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    sleep!("settle", "1 day", "2h").await;
    Ok(order)
}

fn main() {}
