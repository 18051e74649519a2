use workflow_core::{Result, value, workflow};

#[workflow]
async fn checkout(order: String) -> Result<usize> {
    let bytes = value!("bytes", order.into_bytes()).await;
    Ok(bytes.len())
}

fn main() {}
