use workflow_core::{Result, workflow};

trait Shop {
    #[workflow]
    async fn checkout(order: u64) -> Result<u64>;
}

fn main() {}
