use std::time::Instant;

use workflow_core::{Result, value, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let _began = value!("began", Instant::now()).await;
    Ok(order)
}

fn main() {}
