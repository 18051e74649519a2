use workflow_core::{Result, workflow};

struct Shop(u64);

#[workflow]
async fn checkout(#[resource] shop: &'static Shop) -> Result<u64> {
    Ok(shop.0)
}

fn main() {}
