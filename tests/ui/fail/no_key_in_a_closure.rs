use workflow_core::{Result, step, workflow};

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let steps = (0..order).map(|item| step!("charge", move charge(item)));
    Ok(steps.count() as u64)
}

fn main() {}
