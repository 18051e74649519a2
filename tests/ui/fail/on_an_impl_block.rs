use workflow_core::{Result, workflow};

struct Shop;

#[workflow]
impl Shop {
    async fn checkout(order: u64) -> Result<u64> {
        Ok(order)
    }
}

fn main() {}
