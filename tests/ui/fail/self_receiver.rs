use workflow_core::{Result, workflow};

struct Shop;

impl Shop {
    #[workflow]
    async fn checkout(&self, order: u64) -> Result<u64> {
        Ok(order)
    }
}

fn main() {}
