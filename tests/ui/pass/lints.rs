//! No warning comes from generated code, whatever is denied.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused,
    unused_qualifications,
    unused_results,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    let_underscore_drop,
    macro_use_extern_crate,
    meta_variable_misuse,
    redundant_lifetimes,
    rust_2018_idioms,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unused_extern_crates,
    unused_import_braces,
    unused_lifetimes,
    unused_macro_rules,
    variant_size_differences,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]

use std::time::{Duration, SystemTime};

use workflow_core::{Result, Retry, Spec, part, sleep, step, value, workflow};

use super::work::{consume, double, length};

#[derive(Debug)]
struct Shop;

impl Shop {
    async fn charge(&self, n: &u64) -> Result<u64> {
        double(*n).await
    }
}

/// Everything once.
#[workflow(name = "lints", version = 1, capture = "full")]
async fn everything(
    mut n: u64,
    (first, second): (String, String),
    names: Vec<String>,
    #[resource] shop: &Shop,
) -> Result<u64> {
    n += step!(
        "charge",
        retry = Retry::exponential("1s").times(3),
        retry_if = |error| !error.to_string().is_empty(),
        timeout = "30s",
        shop.charge(&n)
    )
    .await?;
    let taken = step!("consume", move consume(first)).await?;
    let lent = step!("lend", retry = Retry::patient(), move length(&second)).await?;
    for name in &names {
        let length = step!("length", key = name, length(name)).await?;
        n += u64::try_from(length)?;
    }
    let now = value!("now", SystemTime::now()).await;
    let doubled = value!("doubled", key = n, n * 2).await;
    sleep!("renewal", until = now + Duration::from_secs(doubled)).await;
    sleep!("settle", "1 day").await;
    sleep!("settle-more", Duration::from_secs(n)).await;
    let (a, b) = tokio::try_join!(step!("a", double(n)), step!("b", double(n)))?;
    for name in &names {
        n += part!("measure", key = name, measure(name, &mut n)).await?;
    }
    part!("pause", pause()).await;
    Ok(a + b + u64::try_from(taken + lent)?)
}

/// A part that borrows.
#[workflow(part)]
async fn measure(name: &str, n: &mut u64, #[resource] shop: &Shop) -> Result<u64> {
    *n += step!("charge", shop.charge(n)).await?;
    Ok(u64::try_from(step!("length", length(name)).await?)?)
}

/// A part with a lifetime of its own.
#[workflow(part)]
async fn first<'a>(names: &'a [String], other: &str) -> Option<&'a String> {
    sleep!("first", "1s").await;
    names.iter().find(|name| *name != other)
}

/// A part that borrows nothing.
#[workflow(part)]
async fn pause() {
    sleep!("pause", "1s").await;
}

/// Without any await.
#[workflow]
async fn nothing(n: u64) -> Result<()> {
    if n > 3 {
        return Err(workflow_core::Error::msg("too many"));
    }
    Ok(())
}

#[test]
fn generated_code_gives_no_warning() {
    assert_eq!(super::spec(everything).version, Some(1));
    assert_eq!(super::spec(nothing).version, None);
    assert_eq!(Spec::of(measure).operations.len(), 2);
    assert_eq!(Spec::of(first).operations.len(), 1);
}
