use workflow_core::{Result, step, workflow};

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let mut sum = 0;
    for item in 0..order {
        sum += step!("charge", charge(item)).await?;
    }
    Ok(sum)
}

fn main() {}
