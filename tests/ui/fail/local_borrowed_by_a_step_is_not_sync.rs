use std::cell::Cell;

use workflow_core::{Result, step, workflow};

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let local = Cell::new(order);
    let payment = step!("charge", async { charge(local.get()).await }).await?;
    Ok(payment)
}

fn main() {}
