use workflow_core::{Result, step, workflow};

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let mut total = order;
    step!("charge", async {
        total += charge(order).await?;
        Ok::<_, workflow_core::Error>(())
    })
    .await?;
    Ok(total)
}

fn main() {}
