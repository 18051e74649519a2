use std::time::{Duration, SystemTime};

use workflow_core::{Result, sleep, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let due = SystemTime::now() + Duration::from_secs(order);
    sleep!("until-due", until = due).await;
    Ok(order)
}

fn main() {}
