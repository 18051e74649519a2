//! What the tests share.

pub mod endpoint;
pub mod lines;
pub mod oracle;
pub mod story;
