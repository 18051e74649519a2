//! Why code and log may have parted, as far as the structures of the code tell.

use std::fmt;
use std::sync::Arc;

use crate::spec::Change;

/// What is known of the code that recorded a log, beside that which replays it.
#[derive(Clone, Debug, Default)]
pub(crate) enum Cause {
    /// Nothing.
    #[default]
    Unknown,
    /// It had the same structure.
    SameStructure,
    /// Its structure was another one.
    Changed(Arc<[Change]>),
}

/// How many changes are told.
const TOLD_MAX: usize = 5;

/// How the causes begin.
const UNKNOWN: &str = "the code was probably changed while this run was in flight";
const SAME: &str = "the code lists the same operations as the code that recorded this";
const CHANGED: &str = "since the code that recorded this";

const WAYS_OUT: &str = "put the code back (or register the old function under its version) and \
     call `engine.release`, or cancel the run";

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameStructure => write!(
                f,
                "{SAME}, so its body \
                 does not come to the same on a replay: look for a condition that was edited, the \
                 clock, random numbers, the order of a hash map, state that others change, or \
                 something foreign that was ready at another moment; make that a step or a \
                 `value!`, or put the code back, and call `engine.release`, or cancel the run",
            ),
            Self::Changed(changes) if !changes.is_empty() => {
                write!(f, "{CHANGED}, ")?;
                let told: Vec<_> = changes
                    .iter()
                    .take(TOLD_MAX)
                    .map(Change::to_string)
                    .collect();
                f.write_str(&told.join("; "))?;
                if changes.len() > TOLD_MAX {
                    write!(f, "; and {} more changes", changes.len() - TOLD_MAX)?;
                }
                write!(f, "; {WAYS_OUT}")
            }
            Self::Unknown | Self::Changed(_) => write!(f, "{UNKNOWN}; {WAYS_OUT}"),
        }
    }
}

/// What a reason says was found, without the likely cause and the ways out.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn finding(reason: &str) -> &str {
    let causes = [UNKNOWN, SAME, CHANGED].into_iter();
    let mut ends = causes.filter_map(|cause| reason.find(&format!("; {cause}")));
    ends.next().map_or(reason, |end| &reason[..end])
}
