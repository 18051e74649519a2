use workflow_core::{Result, step, workflow};

struct Item(u64);

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let mut sum = 0;
    for item in [Item(1), Item(order)] {
        sum += step!("charge", key = item, charge(item.0)).await?;
    }
    Ok(sum)
}

fn main() {}
