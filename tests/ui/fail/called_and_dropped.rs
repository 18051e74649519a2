#![deny(unused_must_use)]
use workflow_core::{Result, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    Ok(order)
}

fn main() {
    checkout(3);
}
