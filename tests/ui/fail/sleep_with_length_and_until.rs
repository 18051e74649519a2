use std::time::SystemTime;

use workflow_core::{Result, sleep, workflow};

#[workflow]
async fn checkout(due: SystemTime) -> Result<SystemTime> {
    sleep!("settle", until = due, "1 day").await;
    Ok(due)
}

fn main() {}
