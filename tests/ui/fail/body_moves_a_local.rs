use workflow_core::{Result, step, workflow};

async fn charge(name: String) -> Result<u64> {
    Ok(name.len() as u64)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let name = order.to_string();
    let payment = step!("charge", charge(name)).await?;
    Ok(payment)
}

fn main() {}
