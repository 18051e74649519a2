use workflow_core::{Result, sleep, step, workflow};

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let payment = step!("pay", async {
        sleep!("settle", "1 day").await;
        charge(order).await
    })
    .await?;
    Ok(payment)
}

fn main() {}
