//! Operations side by side.

#![deny(warnings)]
#![expect(
    clippy::many_single_char_names,
    reason = "the names of steps are enough"
)]

use std::pin::pin;

use futures_util::StreamExt as _;
use futures_util::future::{join_all, try_join_all};
use futures_util::stream::FuturesUnordered;
use workflow_core::{Result, Retry, sleep, step, workflow};

use super::work::{double, length};

#[workflow]
async fn joined(n: u64) -> Result<u64> {
    let (a, b) = tokio::join!(step!("a", double(n)), step!("b", double(n)));
    let (c, d) = tokio::try_join!(step!("c", double(n)), step!("d", double(n)))?;
    let (e, f) = futures_util::join!(step!("e", double(n)), sleep!("f", "1s"));
    let (): () = f;
    Ok(a? + b? + c + d + e?)
}

#[workflow]
async fn selected(n: u64) -> Result<u64> {
    let first = tokio::select! {
        biased;
        a = step!("a", double(n)) => a?,
        () = sleep!("deadline", "30s") => {
            let late = step!("late", double(n)).await?;
            late + 1
        }
    };
    Ok(first)
}

#[workflow]
async fn all(numbers: Vec<u64>) -> Result<u64> {
    let steps = numbers
        .iter()
        .map(|n| step!("double", key = n, move double(*n)));
    let sum: u64 = try_join_all(steps).await?.into_iter().sum();
    let mut retried = Vec::new();
    for n in &numbers {
        let text = n.to_string();
        retried.push(step!(
            "length",
            key = n,
            retry = Retry::standard(),
            move length(&text)
        ));
    }
    let lengths = join_all(retried).await;
    Ok(sum + u64::try_from(lengths.len())?)
}

#[workflow]
async fn unordered(numbers: Vec<u64>) -> Result<u64> {
    let mut steps: FuturesUnordered<_> = numbers
        .iter()
        .map(|&n| step!("double", key = n, move double(n)))
        .collect();
    let mut sum = 0;
    while let Some(n) = steps.next().await {
        sum += n?;
    }
    Ok(sum)
}

#[workflow]
async fn in_variables(n: u64) -> Result<u64> {
    let a = step!("a", double(n));
    let b = step!("b", double(n));
    let b = b.await?;
    let mut c = pin!(step!("c", double(n)));
    let c = (&mut c).await?;
    let d = async { Ok::<_, workflow_core::Error>(step!("d", double(n)).await? + 1) };
    Ok(a.await? + b + c + d.await?)
}

#[test]
fn operations_side_by_side_compile() {
    assert_eq!(super::names(joined), ["a", "b", "c", "d", "e", "f"]);
    assert_eq!(super::names(selected), ["a", "deadline", "late"]);
    assert_eq!(super::names(all), ["double", "length"]);
    assert_eq!(super::names(unordered), ["double"]);
    assert_eq!(super::names(in_variables), ["a", "b", "c", "d"]);
}
