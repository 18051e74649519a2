use workflow_core::{Result, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<impl Copy> {
    Ok(order)
}

fn main() {}
