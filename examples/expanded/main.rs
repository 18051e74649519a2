//! What `#[workflow]` writes: functions beside their expansions, written by hand. Both run, and come
//! to the same.
//!
//! A test of the macros compares each twin with the real expansion.
#![expect(
    clippy::too_many_lines,
    clippy::elidable_lifetime_names,
    reason = "an expansion is one function, and the brand of its scope has a name"
)]

mod checkout;
mod parallel;
mod reminder;

use checkout::written::{Order, Shop};
use workflow_core::prelude::*;
use workflow_core::store::MemoryStore;

/// Runs the functions as they are written, or their expansions: to an engine they are the same
/// workflows.
macro_rules! run {
    ($module:ident) => {{
        let engine = Engine::builder()
            .store(MemoryStore::new())
            .resource(Shop)
            .workflow(checkout::$module::checkout)
            .workflow(reminder::$module::reminder)
            .workflow(parallel::$module::parallel)
            .start()
            .await?;
        let items = vec!["lamp".to_owned(), "bulb".to_owned()];
        let order = engine.start(checkout::$module::checkout, "order", Order { items });
        let input = ("someone@example.com".to_owned(), 20);
        let reminded = engine.start(reminder::$module::reminder, "reminder", input);
        let text = engine.start(parallel::$module::parallel, "text", "text".to_owned());
        println!("{}", stringify!($module));
        println!("  checkout: {}", order.await?.result().await?);
        println!("  reminder: {}", reminded.await?.result().await?);
        println!("  parallel: {}", text.await?.result().await?);
    }};
}

#[tokio::main]
async fn main() -> Result<()> {
    run!(written);
    run!(expanded);
    Ok(())
}

// Output:
// written
//   checkout: 200
//   reminder: 19
//   parallel: 16
// expanded
//   checkout: 200
//   reminder: 19
//   parallel: 16
