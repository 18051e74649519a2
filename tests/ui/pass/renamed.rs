//! The library under another name.

#![deny(warnings)]

/// A crate of a user's that gives on the library.
mod platform {
    pub(crate) mod workflows {
        pub(crate) use workflow_core::*;
    }
}

use platform::workflows as durable;

#[durable::workflow(crate = durable)]
async fn renamed(n: u64) -> durable::Result<u64> {
    durable::sleep!("settle", "1s").await;
    Ok(durable::step!("double", super::work::double(n)).await?)
}

#[durable::workflow(crate = crate::renamed::platform::workflows)]
async fn by_path(n: u64) -> durable::Result<u64> {
    Ok(durable::step!("double", super::work::double(n)).await?)
}

#[durable::workflow(part, crate = durable)]
async fn helper(n: &u64) -> durable::Result<u64> {
    Ok(durable::step!("double", super::work::double(*n)).await?)
}

#[durable::workflow(crate = durable)]
async fn calling(n: u64) -> durable::Result<u64> {
    let taken = durable::value!("value", n).await;
    durable::part!("part", helper(&taken)).await
}

#[test]
fn the_library_is_found_where_it_is_said_to_be() {
    assert_eq!(super::names(renamed), ["settle", "double"]);
    assert_eq!(super::names(by_path), ["double"]);
    assert_eq!(super::names(calling), ["value", "part"]);
}
