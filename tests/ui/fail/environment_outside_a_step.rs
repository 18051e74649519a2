use workflow_core::{Result, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<String> {
    let region = std::env::var("REGION")?;
    Ok(format!("{region}-{order}"))
}

fn main() {}
