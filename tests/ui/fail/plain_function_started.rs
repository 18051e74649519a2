use workflow_core::{Engine, Result};

async fn checkout(order: u64) -> Result<u64> {
    Ok(order)
}

async fn start(engine: &Engine) {
    let _run = engine.start(checkout, "order-1", 3).await;
}

fn main() {}
