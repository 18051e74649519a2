//! What can go wrong with a store.

use std::fmt;

use workflow_tracker::LogError;

/// A store could not do what was asked. Nothing of it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError {
    kind: StoreErrorKind,
    message: String,
}

/// What kept a store from working.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// Another program holds a lock; trying again helps.
    Busy,
    /// The disk, or the space allowed, is full; trying again helps once there is space.
    Full,
    /// The store cannot be written.
    ReadOnly,
    /// What is stored is damaged.
    Corrupt,
    /// A newer version wrote the store.
    Newer,
    /// The store was closed.
    Closed,
    /// Reading or writing failed.
    Io,
    /// Anything else, which is a defect of the store.
    Internal,
}

impl StoreErrorKind {
    /// Whether the same call can succeed later without anybody changing the program.
    pub const fn is_temporary(self) -> bool {
        match self {
            Self::Busy | Self::Full | Self::ReadOnly | Self::Io | Self::Internal => true,
            Self::Corrupt | Self::Newer | Self::Closed => false,
        }
    }
}

impl StoreError {
    /// An error whose message says what was tried, on what, what was found and what to do.
    pub fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// What kept the store from working.
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StoreError {}

impl From<StoreError> for LogError {
    fn from(error: StoreError) -> Self {
        Self::new(error.message)
    }
}
