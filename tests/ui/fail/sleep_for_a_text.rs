use workflow_core::{Result, sleep, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let delay = String::from("1 day");
    sleep!("settle", delay).await;
    Ok(order)
}

fn main() {}
