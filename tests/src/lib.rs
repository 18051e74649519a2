//! What the tests share.

pub mod endpoint;
pub mod oracle;
pub mod story;
