use workflow_core::{Result, sleep, step, workflow};

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let a = step!("Charge", charge(order)).await?;
    let b = step!("charge", timeout = "30 sek", charge(order)).await?;
    let mut sum = a + b;
    for item in 0..order {
        sum += step!("charge", charge(item)).await?;
    }
    sleep!("settle", "1 day 25 o'clock").await;
    Ok(sum + fastrand::u64(..))
}

fn main() {}
