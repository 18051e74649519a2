//! Signals and children, wherever an expression can stand.

#![deny(warnings)]

use std::time::Duration;

use serde::{Deserialize, Serialize};
use workflow_core::{Result, StepError, child, step, wait, workflow};

#[derive(Serialize, Deserialize)]
struct Approval {
    by: String,
}

async fn work(n: u64) -> Result<u64> {
    std::future::ready(Ok(n)).await
}

#[workflow]
async fn invoice(order: String, pages: u64) -> Result<u64> {
    step!("print", work(pages)).await?;
    Ok(order.len() as u64)
}

mod inner {
    use workflow_core::{Result, workflow};

    #[workflow]
    pub(super) async fn nothing() -> Result<()> {
        Ok(())
    }
}

#[workflow]
async fn everything(names: Vec<String>, limit: Duration) -> Result<u64> {
    let Approval { by } = wait!("approval", timeout = "3 days").await?;
    let () = wait!("go").await?;
    let again: Result<u64, StepError> = wait!("again", signal = "go", timeout = limit).await;
    let signal = format!("from-{by}");
    let _answer: Option<bool> = wait!("answer", signal = signal).await?;
    let mut sum = again.unwrap_or_default();
    for name in &names {
        let part: u64 = wait!("part", key = name).await?;
        sum += child!("invoice", key = name, invoice(name.clone(), part)).await?;
    }
    child!("inner", inner::nothing()).await?;
    child!("computed", invoice(by, step!("pages", work(3)).await?)).await?;
    tokio::select! {
        cancelled = wait!("cancel") => { let () = cancelled?; }
        done = child!("last", everything_else(4)) => sum += done?,
    }
    let (a, b) = tokio::try_join!(child!("a", everything_else(1)), wait!("b"))?;
    let b: u64 = b;
    Ok(sum + a + b)
}

#[workflow]
async fn everything_else(n: u64) -> Result<u64> {
    match n {
        0 => Ok(0),
        n => Ok(1 + child!("rest", everything_else(n - 1)).await?),
    }
}

#[test]
fn signals_and_children_compile() {
    assert_eq!(super::names(everything).len(), 13);
}
