use workflow_core::{Result, workflow};

#[derive(serde::Serialize, serde::Deserialize)]
struct Order(u64);

impl Order {
    #[workflow]
    async fn checkout(order: Self) -> Result<u64> {
        Ok(order.0)
    }
}

fn main() {}
