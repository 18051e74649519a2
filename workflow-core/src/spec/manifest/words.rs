//! Changes as sentences.

use std::fmt;

use super::Change;
use crate::spec::{Nesting, OperationKind};

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added {
                kind,
                name,
                before,
                repeated,
            } => {
                write!(f, "{} was added", named(*kind, name))?;
                consequence(f, before.as_deref(), *repeated)
            }
            Self::Removed { kind, name } => write!(f, "{} was removed", named(*kind, name)),
            Self::Renamed { kind, from, to } => {
                write!(f, "{} is called `{to}` now", named(*kind, from))
            }
            Self::Moved { kind, name, before } => match before {
                Some(before) => write!(f, "{} moved before `{before}`", named(*kind, name)),
                None => write!(f, "{} moved to the end", named(*kind, name)),
            },
            Self::Became { name, from, to } => {
                write!(f, "{} is a {} now", named(*from, name), to.as_str())
            }
            Self::KeyAdded { kind, name } => {
                write!(f, "`key` was added to {}", named(*kind, name))
            }
            Self::KeyRemoved { kind, name } => {
                write!(f, "`key` was removed from {}", named(*kind, name))
            }
            Self::Nested {
                kind,
                name,
                from,
                to,
            } => {
                write!(f, "{} moved ", named(*kind, name))?;
                f.write_str(&way(from, to))
            }
        }
    }
}

fn named(kind: OperationKind, name: &str) -> String {
    format!("{} `{name}`", kind.as_str())
}

/// Whether runs in flight can go on with an operation that was added here.
fn consequence(f: &mut fmt::Formatter<'_>, before: Option<&str>, repeated: bool) -> fmt::Result {
    match before {
        _ if repeated => f.write_str(
            " in a loop: runs that went through the loop have no result of it and cannot go on",
        ),
        Some(next) => write!(
            f,
            " before `{next}`: runs that have a result of `{next}` cannot go on"
        ),
        None => f.write_str(" at the end: runs in flight go on with it"),
    }
}

/// From one place to another.
fn way(from: &[Nesting], to: &[Nesting]) -> String {
    if let Some(rest) = to.strip_prefix(from) {
        return format!("into {}", place(rest));
    }
    match from.strip_prefix(to) {
        Some(rest) => format!("out of {}", place(rest)),
        None => format!("from {} into {}", place(from), place(to)),
    }
}

/// `a branch in a loop over items`
fn place(nesting: &[Nesting]) -> String {
    let words: Vec<_> = nesting.iter().rev().map(|around| a(*around)).collect();
    words.join(" in ")
}

const fn a(nesting: Nesting) -> &'static str {
    match nesting {
        Nesting::Loop => "a loop",
        Nesting::For => "a loop over items",
        Nesting::Closure => "a closure",
        Nesting::Branch => "a branch",
    }
}
