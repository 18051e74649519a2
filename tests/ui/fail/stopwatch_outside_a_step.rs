use std::time::Instant;

use workflow_core::{Result, step, workflow};

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let began = Instant::now();
    let payment = step!("charge", charge(order)).await?;
    println!("charged after {:?}", began.elapsed());
    Ok(payment)
}

fn main() {}
