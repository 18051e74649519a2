use workflow_core::{Result, step, workflow};

async fn charge(total: &mut u64) -> Result<()> {
    *total += 1;
    Ok(())
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let mut total = 0;
    step!("charge", charge(&mut total)).await?;
    Ok(total + order)
}

fn main() {}
