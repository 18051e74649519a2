use workflow_core::{Result, StepError, step, workflow};

struct Declined;

impl From<StepError> for Declined {
    fn from(_: StepError) -> Self {
        Self
    }
}

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64, Declined> {
    Ok(step!("charge", charge(order)).await?)
}

fn main() {}
