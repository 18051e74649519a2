//! Why a relay does not start.

use std::fmt;

use crate::LogError;

/// The relay did not start. Nothing is delivered, and nothing was changed but that the cursors of
/// new trackers may be registered.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// A tracker has an empty name, or that of another.
    Name {
        /// The name.
        name: String,
    },
    /// A tracker's cursor could not be opened.
    Log {
        /// The tracker's name.
        tracker: String,
        /// What the log said.
        source: LogError,
    },
    /// The thread or its runtime could not be made.
    Thread(std::io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { name } if name.is_empty() => f.write_str(
                "a tracker has an empty name; give it one that lasts, it owns the cursor",
            ),
            Self::Name { name } => write!(
                f,
                "two trackers are named `{name}`; give each its own name, it owns the cursor"
            ),
            Self::Log { tracker, source } => {
                write!(
                    f,
                    "opening the cursor of tracker `{tracker}` failed: {source}"
                )
            }
            Self::Thread(error) => write!(f, "starting the relay's thread failed: {error}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Name { .. } => None,
            Self::Log { source, .. } => Some(source),
            Self::Thread(error) => Some(error),
        }
    }
}
