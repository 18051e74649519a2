use workflow_core::{Result, workflow};

#[workflow(nam = "checkout")]
async fn checkout(order: u64) -> Result<u64> {
    Ok(order)
}

fn main() {}
