//! The `#[workflow]` attribute and its operations.
