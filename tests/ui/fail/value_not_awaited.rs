#![deny(unused_must_use)]

use workflow_core::{Result, value, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    value!("twice", order * 2);
    Ok(order)
}

fn main() {}
