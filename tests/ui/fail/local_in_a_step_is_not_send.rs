use std::rc::Rc;

use workflow_core::{Result, step, workflow};

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let payment = step!("charge", async {
        let local = Rc::new(order);
        let payment = charge(order).await?;
        Ok::<_, workflow_core::Error>(payment + *local)
    })
    .await?;
    Ok(payment)
}

fn main() {}
