//! Errors of every kind, of steps and of workflows.

#![deny(warnings)]
#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the closure's argument needs no type, which is what is shown"
)]

use std::error::Error as StdError;
use std::fmt;

use serde::{Deserialize, Serialize};
use workflow_core::{Retry, StepError, step, workflow};

/// An error that can be shown and recorded, and is no `std::error::Error`.
#[derive(Debug, Serialize, Deserialize)]
struct Declined {
    code: u32,
}

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "declined with {}", self.code)
    }
}

impl Declined {
    const fn is_transient(&self) -> bool {
        self.code > 500
    }
}

/// A user's own error type.
#[derive(Debug)]
enum Failure {
    Step(StepError),
    Declined(Declined),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(error) => error.fmt(f),
            Self::Declined(error) => error.fmt(f),
        }
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Step(error) => Some(error),
            Self::Declined(_) => None,
        }
    }
}

impl From<StepError> for Failure {
    fn from(error: StepError) -> Self {
        Self::Step(error)
    }
}

async fn pay<E>(error: Option<E>) -> Result<u64, E> {
    std::future::ready(()).await;
    error.map_or(Ok(3), Err)
}

#[workflow]
async fn own_error(n: u64) -> Result<u64, Failure> {
    if n == 0 {
        return Err(Failure::Declined(Declined { code: 3 }));
    }
    let text = step!("text", pay::<String>(None)).await?;
    let borrowed = step!("borrowed", pay::<&'static str>(None)).await?;
    let error = step!("error", pay::<std::io::Error>(None)).await?;
    let shown = step!("shown", pay(Some(Declined { code: 4 }))).await?;
    let boxed = step!("boxed", pay::<Box<dyn StdError + Send + Sync>>(None)).await?;
    let step = step!("step", pay::<StepError>(None)).await?;
    let any = step!("any", pay::<workflow_core::Error>(None)).await?;
    let never = step!("never", pay::<std::convert::Infallible>(None)).await?;
    Ok(text + borrowed + error + shown + boxed + step + any + never)
}

#[workflow]
async fn decided(n: u64) -> Result<u64, StepError> {
    let declined = Some(Declined { code: 503 });
    let a = step!(
        "closure",
        retry = Retry::standard(),
        retry_if = |error| error.is_transient(),
        async { pay(declined.as_ref().map(|d| Declined { code: d.code })).await }
    )
    .await?;
    let b = step!(
        "function",
        retry = Retry::standard(),
        retry_if = Declined::is_transient,
        pay::<Declined>(None)
    )
    .await?;
    let limit = n;
    let c = step!(
        "captured",
        retry = Retry::standard(),
        retry_if = |error: &Declined| u64::from(error.code) < limit,
        move pay::<Declined>(None)
    )
    .await?;
    Ok(a + b + c)
}

#[workflow]
async fn text_error() -> Result<u64, String> {
    step!("text", pay::<String>(None))
        .await
        .map_err(|error| error.to_string())
}

#[workflow]
async fn boxed_error() -> Result<u64, Box<dyn StdError + Send + Sync>> {
    Ok(step!("text", pay::<String>(None)).await?)
}

#[workflow]
async fn local_error() -> Result<u64, Box<dyn StdError>> {
    Ok(step!("text", pay::<String>(None)).await?)
}

#[workflow]
async fn shown_error() -> Result<u64, Declined> {
    let paid = step!("text", pay::<String>(None)).await;
    paid.map_err(|_| Declined { code: 3 })
}

#[test]
fn errors_of_every_kind_compile() {
    assert_eq!(super::names(own_error).len(), 8);
    assert_eq!(super::names(decided), ["closure", "function", "captured"]);
    assert_eq!(super::names(text_error), ["text"]);
    assert_eq!(super::names(boxed_error), ["text"]);
    assert_eq!(super::names(local_error), ["text"]);
    assert_eq!(super::names(shown_error), ["text"]);
}
