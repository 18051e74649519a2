//! One workflow with one step: the smallest program.

use workflow_core::prelude::*;
use workflow_core::store::MemoryStore;

#[workflow]
async fn hello(name: String) -> Result<String> {
    let greeting = step!("greet", greet(&name)).await?;
    Ok(format!("{greeting}!"))
}

#[expect(clippy::unused_async, reason = "a real step would wait for something")]
async fn greet(name: &str) -> Result<String> {
    Ok(format!("hello, {name}"))
}

#[tokio::main]
async fn main() -> Result<()> {
    let engine = Engine::builder()
        .store(MemoryStore::new())
        .workflow(hello)
        .start()
        .await?;
    let run = engine.start(hello, "greeting-1", "world".into()).await?;
    println!("{}", run.result().await?);
    Ok(())
}

// Output:
// hello, world!
