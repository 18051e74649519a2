use workflow_core::{Result, workflow};

struct Receipt(u64);

#[workflow]
async fn checkout(order: u64) -> Result<Receipt> {
    Ok(Receipt(order))
}

fn main() {}
