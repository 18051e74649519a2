#![deny(unused_must_use)]

use workflow_core::{Result, child, workflow};

#[workflow]
async fn invoice(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    child!("invoice", invoice(order));
    Ok(order)
}

fn main() {}
