//! What the tests share.

pub mod endpoint;
