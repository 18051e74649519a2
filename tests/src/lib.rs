//! What the tests share.

pub mod endpoint;
pub mod lines;
pub mod oracle;
pub mod story;

/// The code on the pages, compiled.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../docs/workflows.md")]
    struct Workflows;
    #[doc = include_str!("../../docs/determinism.md")]
    struct Determinism;
    #[doc = include_str!("../../docs/delivery.md")]
    struct Delivery;
}
