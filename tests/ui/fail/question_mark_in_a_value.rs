use workflow_core::{Result, value, workflow};

#[workflow]
async fn checkout(order: String) -> Result<u64> {
    let number = value!("number", order.parse::<u64>()?).await;
    Ok(number)
}

fn main() {}
