//! What a step's body may be.

#![deny(warnings)]
#![expect(
    clippy::many_single_char_names,
    reason = "the names of steps are enough"
)]

use std::future::{Future, IntoFuture};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use workflow_core::{Result, Retry, StepError, step, workflow};

use super::work::{consume, double, length};

#[derive(Debug, Serialize, Deserialize)]
struct Order {
    name: String,
    items: Vec<u64>,
}

struct Shop {
    closed: Mutex<bool>,
}

impl Shop {
    async fn charge(&self, order: &Order) -> Result<u64, std::io::Error> {
        let closed = *self
            .closed
            .lock()
            .map_err(|_| std::io::Error::other("poisoned"))?;
        if closed {
            return Err(std::io::Error::other("closed"));
        }
        std::future::ready(Ok(order.items.iter().sum())).await
    }
}

/// Temporaries of the expression live as long as the future that borrows them.
#[workflow]
async fn temporaries(order: Order) -> Result<usize> {
    let a = step!("a", length(&order.name.to_uppercase())).await?;
    let b = step!("b", length(String::from("text").as_str())).await?;
    let c = step!("c", length(&format!("{} {}", order.name, a))).await?;
    let d = step!(
        "d",
        Shop {
            closed: Mutex::new(false)
        }
        .charge(&order)
    )
    .await?;
    Ok(a + b + c + usize::try_from(d)?)
}

/// Bodies borrow, with and without a policy.
#[workflow]
async fn borrowing(order: Order) -> Result<usize> {
    let text = String::from("text");
    let once = step!("once", length(&text)).await?;
    let again = step!("again", retry = Retry::standard(), length(&text)).await?;
    let block = step!("block", async {
        let first = length(&text).await?;
        let second = length(&order.name).await?;
        Ok::<_, workflow_core::Error>(first + second)
    })
    .await?;
    drop((text, order));
    Ok(once + again + block)
}

/// `move` takes what it uses, with and without a policy.
#[workflow]
async fn moving(order: Order) -> Result<usize> {
    let (first, second) = (order.name.clone(), order.name);
    let once = step!("once", move consume(first)).await?;
    let again = step!("again", retry = Retry::standard(), move length(&second)).await?;
    let block = step!("block", move async { consume(order.items.len().to_string()).await }).await?;
    Ok(once + again + block)
}

/// Early returns and `?` inside a body belong to the step.
#[workflow]
async fn returning(n: u64) -> Result<u64> {
    let even = step!("even", async {
        if n % 2 == 1 {
            return Err(String::from("odd"));
        }
        Ok(n / 2)
    })
    .await?;
    let parsed: u64 = step!("parsed", async {
        let n: u64 = "3".parse()?;
        Ok::<_, std::num::ParseIntError>(n)
    })
    .await?;
    Ok(even + parsed)
}

fn boxed<'a>(text: &'a str) -> std::pin::Pin<Box<dyn Future<Output = Result<usize>> + Send + 'a>> {
    Box::pin(length(text))
}

struct Later(u64);

impl IntoFuture for Later {
    type Output = Result<u64, StepError>;
    type IntoFuture = std::future::Ready<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        std::future::ready(Ok(self.0))
    }
}

/// Boxed futures, things that become futures, generic functions.
#[workflow]
async fn others(n: u64) -> Result<u64> {
    async fn generic<T: Send>(value: T) -> Result<T, std::convert::Infallible> {
        std::future::ready(Ok(value)).await
    }
    let a = step!("a", boxed("text")).await?;
    let b = step!("b", Later(n)).await?;
    let c = step!("c", generic::<u64>(n)).await?;
    let d = step!("d", std::future::ready(Ok::<_, String>(n))).await?;
    let e = step!("e", { double(n) }).await?;
    let f = step!("f", if n > 3 { double(n) } else { double(3) }).await?;
    Ok(u64::try_from(a)? + b + c + d + e + f)
}

#[test]
fn bodies_compile() {
    assert_eq!(super::names(temporaries), ["a", "b", "c", "d"]);
    assert_eq!(super::names(borrowing), ["once", "again", "block"]);
    assert_eq!(super::names(moving), ["once", "again", "block"]);
    assert_eq!(super::names(returning), ["even", "parsed"]);
    assert_eq!(super::names(others), ["a", "b", "c", "d", "e", "f"]);
}
