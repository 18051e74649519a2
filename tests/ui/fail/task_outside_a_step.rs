use workflow_core::{Result, workflow};

async fn audit(order: u64) {
    println!("{order}");
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    tokio::spawn(async move { audit(order).await });
    Ok(order)
}

fn main() {}
