use std::time::SystemTime;

use workflow_core::{Result, step, value, workflow};

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let payment = step!("pay", async {
        let now = value!("now", SystemTime::now()).await;
        println!("{now:?}");
        charge(order).await
    })
    .await?;
    Ok(payment)
}

fn main() {}
