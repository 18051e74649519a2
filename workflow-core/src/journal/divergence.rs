//! What is said when the code no longer fits the log.

use super::{OperationId, Recorded};
use crate::spec::OperationKind;

/// The code asked for something else than the log recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Divergence {
    /// What is wrong, the likely cause, and the ways out.
    pub(crate) reason: String,
    /// The recorded result that replay came to.
    pub(crate) recorded: Option<String>,
    /// What the code asked for.
    pub(crate) attempted: Option<String>,
}

const WAYS_OUT: &str = "the code was probably changed while this run was in flight; put the code \
     back (or register the old function under its version) and call `engine.release`, or cancel \
     the run";

impl Divergence {
    /// The body returned although results are left.
    pub(crate) fn returned_early(next: &Recorded, site: Option<&str>) -> Self {
        let recorded = describe(next, site);
        Self {
            reason: format!(
                "the workflow returned, but its log goes on with {recorded}; {WAYS_OUT}"
            ),
            recorded: Some(recorded),
            attempted: Some("return".to_owned()),
        }
    }

    /// The next result belongs to an operation that the code has not asked for, or has dropped.
    pub(crate) fn not_asked(next: &Recorded, site: Option<&str>, asked: &[String]) -> Self {
        let recorded = describe(next, site);
        let asked = match asked {
            [] => "nothing".to_owned(),
            asked => asked.join(", "),
        };
        Self {
            reason: format!(
                "the log goes on with {recorded}, but the code asks for {asked}; {WAYS_OUT}"
            ),
            recorded: Some(recorded),
            attempted: Some(asked),
        }
    }

    /// One identity is now an operation of another kind.
    pub(crate) fn other_kind(id: &OperationId, recorded: OperationKind, asked: &str) -> Self {
        let recorded = format!("{} `{id}`", recorded.as_str());
        Self {
            reason: format!("the log knows {recorded}, but the code asks for {asked}; {WAYS_OUT}"),
            recorded: Some(recorded),
            attempted: Some(asked.to_owned()),
        }
    }

    /// A key was evaluated again while its first operation was alive.
    pub(crate) fn key_twice(id: &OperationId, asked: &str) -> Self {
        Self {
            reason: format!(
                "{asked} was asked for while another one with the same name and key `{}` is \
                 still alive, so a replay could not tell them apart; give every item a key of \
                 its own, then call `engine.release`",
                id.key.as_deref().unwrap_or_default()
            ),
            recorded: None,
            attempted: Some(asked.to_owned()),
        }
    }

    /// A recorded value does not decode as what the code takes it for.
    pub(crate) fn value(id: &OperationId, type_name: &str, why: &str) -> Self {
        Self {
            reason: format!(
                "the recorded value `{id}` does not decode as `{type_name}`: {why}; {WAYS_OUT}"
            ),
            recorded: Some(format!("value `{id}`")),
            attempted: Some(format!("value `{id}` as `{type_name}`")),
        }
    }

    /// The recorded input does not fit the function any more.
    pub(crate) fn input(why: &str) -> Self {
        Self {
            reason: format!(
                "the recorded input does not decode as the workflow's input: {why}; {WAYS_OUT}"
            ),
            recorded: None,
            attempted: None,
        }
    }

    /// The log cannot be read as a journal.
    pub(crate) fn corrupt(why: &str) -> Self {
        Self {
            reason: format!("the run's log cannot be replayed: {why}"),
            recorded: None,
            attempted: None,
        }
    }
}

/// What a reason says was found, without the likely cause and the ways out.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn finding(reason: &str) -> &str {
    reason
        .strip_suffix(WAYS_OUT)
        .map_or(reason, |finding| finding.trim_end_matches("; "))
}

/// A recorded result with its place in the log and in the source.
fn describe(result: &Recorded, site: Option<&str>) -> String {
    let kind = result.kind.as_str();
    let site = site.map(|site| format!(" at {site}")).unwrap_or_default();
    format!("{kind} `{}` (seq {}{site})", result.id, result.seq)
}
