//! What a crash changed, and where.

use std::fmt;

use super::super::columns::side_by_side;
use super::cause;
use super::report::Boundary;
use super::through::Through;
use crate::journal::finding;

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// The code asked for something else than its log holds.
    Diverged(String),
    /// The run does not end.
    Endless(String),
    /// The log is not whole.
    Log(String),
    /// A replay of the whole log comes to something else.
    Replay(String),
    /// The run ended otherwise.
    Ending { without: String, with: String },
    /// The world outside is another one.
    Observed { without: String, with: String },
}

/// A crash that shows: where, what it changed, and what the cause may be.
///
/// Its `Display` and `Debug` forms are the whole message, with both stories side by side.
#[derive(Clone, PartialEq, Eq)]
pub struct CrashFailure {
    workflow: &'static str,
    boundary: Option<Boundary>,
    problem: Problem,
    cause: &'static str,
    stories: String,
}

impl CrashFailure {
    pub(super) fn new(
        workflow: &'static str,
        boundary: Option<Boundary>,
        problem: Problem,
        whole: &Through,
        crashed: &Through,
    ) -> Self {
        Self {
            workflow,
            cause: cause::likely(&problem, crashed),
            stories: stories(boundary.as_ref(), whole, crashed),
            boundary,
            problem,
        }
    }

    /// Where the process died; `None` where the run is wrong without a crash.
    pub const fn boundary(&self) -> Option<&Boundary> {
        self.boundary.as_ref()
    }

    /// What the cause may be.
    pub const fn likely_cause(&self) -> &str {
        self.cause
    }
}

/// Both stories, or the only one.
fn stories(boundary: Option<&Boundary>, whole: &Through, crashed: &Through) -> String {
    let without = whole.story.lines();
    if boundary.is_none() {
        return whole.story.to_string();
    }
    let mut with = crashed.story.lines();
    if let Some(events) = crashed.crashed_after {
        with.insert(events.min(with.len()), "-- the process dies --".to_owned());
    }
    side_by_side(("without a crash", &without), ("with the crash", &with))
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, without, with) = match self {
            Self::Diverged(reason) => {
                return write!(f, "the run is blocked: {}", finding(reason));
            }
            Self::Endless(why) => return write!(f, "the run does not end: {why}"),
            Self::Log(what) => return write!(f, "the log is not whole: {what}"),
            Self::Replay(found) => {
                return write!(
                    f,
                    "a replay of the whole log comes to something else: {found}"
                );
            }
            Self::Ending { without, with } => ("the result is another one", without, with),
            Self::Observed { without, with } => ("the world outside is another one", without, with),
        };
        write!(
            f,
            "{what}\n  without a crash  {without}\n  with the crash   {with}"
        )
    }
}

impl fmt::Display for CrashFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            workflow,
            problem,
            cause,
            stories,
            ..
        } = self;
        match &self.boundary {
            Some(boundary) => writeln!(f, "a crash of `{workflow}` shows: {boundary}")?,
            None => writeln!(f, "`{workflow}` is not right even without a crash")?,
        }
        write!(f, "\n{problem}\n\n{stories}\nlikely cause: {cause}")
    }
}

impl fmt::Debug for CrashFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for CrashFailure {}
