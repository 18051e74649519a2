use std::rc::Rc;

use workflow_core::{Result, step, workflow};

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let local = Rc::new(order);
    let payment = step!("charge", charge(order)).await?;
    Ok(payment + *local)
}

fn main() {}
