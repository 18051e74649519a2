use workflow_core::{Result, step, workflow};

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let mut paid = Vec::new();
    step!("charge", async {
        paid.push(charge(order).await?);
        Ok::<_, workflow_core::Error>(())
    })
    .await?;
    Ok(paid.len() as u64)
}

fn main() {}
