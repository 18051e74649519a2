//! `#[tracing::instrument]` above and below.

#![deny(warnings)]

use workflow_core::{Result, step, workflow};

use super::work::double;

#[derive(Debug)]
struct Shop;

#[tracing::instrument]
#[workflow]
async fn above(n: u64, #[resource] shop: &Shop) -> Result<u64> {
    let _ = shop;
    Ok(step!("double", double(n)).await?)
}

#[workflow]
#[tracing::instrument(skip(shop), fields(n = n + 1), err)]
async fn below(n: u64, #[resource] shop: &Shop) -> Result<u64> {
    let _ = shop;
    Ok(step!("double", double(n)).await?)
}

#[workflow]
#[tracing::instrument]
async fn whole(n: u64) -> Result<u64> {
    Ok(step!("double", double(n)).await?)
}

#[test]
fn instrument_sees_the_body_in_either_order() {
    assert_eq!(super::names(above), ["double"]);
    assert_eq!(super::names(below), ["double"]);
    assert_eq!(super::names(whole), ["double"]);
}
