use workflow_core::{Result, workflow};

struct Shop(u64);

#[workflow]
async fn checkout(#[resource] a: &Shop, #[resource] b: &Shop) -> Result<u64> {
    Ok(a.0 + b.0)
}

fn main() {}
