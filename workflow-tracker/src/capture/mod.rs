//! What events may show of values and of error texts.

mod json;
mod names;
mod redaction;
mod text;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use redaction::Redaction;

pub(crate) use json::{member, without_members};

/// What stands in the place of a secret.
pub(crate) const REDACTED: &str = "[redacted]";

/// The own fields that hold values of the user's.
pub(crate) const VALUES: [&str; 3] = ["input", "output", "payload"];

/// Which values a tracker is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Capture {
    /// Those of workflows that ask for it themselves: `#[workflow(capture = "full")]`.
    #[default]
    WhereAsked,
    /// The inputs and outputs of all workflows, and the payloads of signals, after redaction.
    Full,
}

/// To whom the values in an event's own fields are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Audience {
    /// To every tracker: the workflow asked for it, or there is no value.
    #[default]
    All,
    /// To trackers with [`Capture::Full`] only; others get the event without them.
    Full,
}

impl Audience {
    /// Whether a tracker that captures so is shown the values.
    pub const fn includes(self, capture: Capture) -> bool {
        match (self, capture) {
            (Self::All, _) | (Self::Full, Capture::Full) => true,
            (Self::Full, Capture::WhereAsked) => false,
        }
    }
}

/// A value as an event shows it: JSON text, redacted and bounded.
///
/// Only [`Redaction`] makes one, and reading an event that holds one.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Captured(Box<RawValue>);

impl Captured {
    /// The value as JSON text.
    pub fn json(&self) -> &str {
        self.0.get()
    }

    fn of_value(value: &serde_json::Value) -> Self {
        Self::of(value.to_string()).expect("a JSON value is JSON as text")
    }

    /// Text that is one JSON value, or nothing where it is not.
    fn of(json: String) -> Option<Self> {
        RawValue::from_string(json).ok().map(Self)
    }
}

impl PartialEq for Captured {
    fn eq(&self, other: &Self) -> bool {
        self.json() == other.json()
    }
}

impl fmt::Debug for Captured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.json())
    }
}
