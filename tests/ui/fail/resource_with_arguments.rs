use workflow_core::{Result, workflow};

struct Shop(u64);

#[workflow]
async fn checkout(#[resource("main")] shop: &Shop) -> Result<u64> {
    Ok(shop.0)
}

fn main() {}
