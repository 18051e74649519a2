use workflow_core::{Result, step, workflow};

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    macro_rules! pay {
        () => {
            step!("charge", charge(order)).await
        };
    }
    Ok(pay!()?)
}

fn main() {}
