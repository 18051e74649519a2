//! What is said when the code no longer fits the log.

use super::{Cause, OperationId, Recorded};
use crate::spec::OperationKind;

/// The code asked for something else than the log recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Divergence {
    /// What is wrong.
    what: String,
    advice: Advice,
    /// The recorded result that replay came to.
    pub(crate) recorded: Option<String>,
    /// What the code asked for.
    pub(crate) attempted: Option<String>,
}

/// Whether what is known of the code helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Advice {
    /// It does.
    ByCause,
    /// What is wrong says all.
    None,
}

impl Divergence {
    /// What is wrong, the likely cause, and the ways out.
    pub(crate) fn reason(&self, cause: &Cause) -> String {
        match self.advice {
            Advice::ByCause => format!("{}; {cause}", self.what),
            Advice::None => self.what.clone(),
        }
    }

    /// The body returned although results are left.
    pub(crate) fn returned_early(next: &Recorded, site: Option<&str>) -> Self {
        let recorded = describe(next, site);
        Self {
            what: format!("the workflow returned, but its log goes on with {recorded}"),
            advice: Advice::ByCause,
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
            what: format!("the log goes on with {recorded}, but the code asks for {asked}"),
            advice: Advice::ByCause,
            recorded: Some(recorded),
            attempted: Some(asked),
        }
    }

    /// One identity is now an operation of another kind.
    pub(crate) fn other_kind(id: &OperationId, recorded: OperationKind, asked: &str) -> Self {
        let recorded = format!("{} `{id}`", recorded.as_str());
        Self {
            what: format!("the log knows {recorded}, but the code asks for {asked}"),
            advice: Advice::ByCause,
            recorded: Some(recorded),
            attempted: Some(asked.to_owned()),
        }
    }

    /// A key was evaluated again while its first operation was alive.
    pub(crate) fn key_twice(id: &OperationId, asked: &str) -> Self {
        Self {
            what: format!(
                "{asked} was asked for while another one with the same name and key `{}` is \
                 still alive, so a replay could not tell them apart; give every item a key of \
                 its own, then call `engine.release`",
                id.key.as_deref().unwrap_or_default()
            ),
            advice: Advice::None,
            recorded: None,
            attempted: Some(asked.to_owned()),
        }
    }

    /// A recorded value does not decode as what the code takes it for.
    pub(crate) fn value(id: &OperationId, type_name: &str, why: &str) -> Self {
        Self {
            what: format!("the recorded value `{id}` does not decode as `{type_name}`: {why}"),
            advice: Advice::ByCause,
            recorded: Some(format!("value `{id}`")),
            attempted: Some(format!("value `{id}` as `{type_name}`")),
        }
    }

    /// The recorded input does not fit the function any more.
    pub(crate) fn input(why: &str) -> Self {
        Self {
            what: format!("the recorded input does not decode as the workflow's input: {why}"),
            advice: Advice::ByCause,
            recorded: None,
            attempted: None,
        }
    }

    /// The log cannot be read as a journal.
    pub(crate) fn corrupt(why: &str) -> Self {
        Self {
            what: format!("the run's log cannot be replayed: {why}"),
            advice: Advice::None,
            recorded: None,
            attempted: None,
        }
    }
}

/// A recorded result with its place in the log and in the source.
fn describe(result: &Recorded, site: Option<&str>) -> String {
    let kind = result.kind.as_str();
    let site = site.map(|site| format!(" at {site}")).unwrap_or_default();
    format!("{kind} `{}` (seq {}{site})", result.id, result.seq)
}
