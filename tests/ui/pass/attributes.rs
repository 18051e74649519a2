//! Attributes above and below.

#![deny(warnings)]

use workflow_core::{Result, step, workflow};

use super::work::double;

/// With docs.
#[workflow]
/// And more docs below.
async fn documented(n: u64) -> Result<u64> {
    Ok(step!("double", double(n)).await?)
}

#[allow(clippy::no_effect_underscore_binding)]
#[workflow]
#[allow(unused_variables)]
async fn allowed(n: u64, unused: u64) -> Result<u64> {
    let also_unused = 3;
    Ok(n)
}

#[workflow]
#[expect(
    unused_variables,
    reason = "the body does not use it, and that is expected"
)]
async fn expected(unused: u64) -> Result<()> {
    Ok(())
}

#[cfg(any())]
#[workflow]
async fn left_out(n: Nothing) -> Nothing {
    nowhere(n)
}

#[workflow]
#[cfg(not(any()))]
async fn kept(#[allow(unused_variables)] n: u64) -> Result<()> {
    Ok(())
}

#[deprecated = "use `documented`"]
#[workflow]
async fn deprecated() -> Result<()> {
    Ok(())
}

#[workflow]
#[inline]
#[must_use = "it must be started"]
async fn must_use() -> Result<()> {
    Ok(())
}

#[test]
fn attributes_keep_their_meaning() {
    assert_eq!(super::names(documented), ["double"]);
    assert_eq!(super::spec(allowed).inputs.len(), 2);
    assert_eq!(super::spec(expected).inputs.len(), 1);
    assert_eq!(super::spec(kept).inputs.len(), 1);
    #[expect(
        deprecated,
        reason = "the attribute is on the function that callers see"
    )]
    let name = super::spec(deprecated).name;
    assert_eq!(name, "deprecated");
    assert_eq!(super::spec(must_use).name, "must_use");
}
