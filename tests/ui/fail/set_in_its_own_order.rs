use std::collections::HashSet;

use workflow_core::{Result, step, workflow};

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(orders: Vec<u64>) -> Result<u64> {
    let set: HashSet<u64> = orders.into_iter().collect();
    let mut sum = 0;
    for order in set {
        sum += step!("charge", key = order, charge(order)).await?;
    }
    Ok(sum)
}

fn main() {}
