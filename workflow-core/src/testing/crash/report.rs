//! What crashing everywhere showed, and how a crash is named.

use std::fmt;

use super::through::Through;
use crate::store::Moment;

/// Where a process died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary {
    commit: u64,
    commits: u64,
    moment: Moment,
}

impl Boundary {
    pub(super) const fn new(commit: u64, moment: Moment, whole: &Through) -> Self {
        Self {
            commit,
            commits: whole.commits,
            moment,
        }
    }

    /// Which commit of the run without a crash, counted from 1.
    pub const fn commit(&self) -> u64 {
        self.commit
    }

    /// Whether the commit was there when the process died.
    pub const fn is_after(&self) -> bool {
        match self.moment {
            Moment::Before => false,
            Moment::After => true,
        }
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = match self.moment {
            Moment::Before => "before",
            Moment::After => "after",
        };
        write!(
            f,
            "the process died {moment} commit {} of {}",
            self.commit, self.commits
        )
    }
}

/// No crash shows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CrashReport {
    /// The workflow's name.
    pub workflow: &'static str,
    /// How many commits the run took without a crash.
    pub commits: u64,
    /// How many processes died: one before and one after each commit.
    pub crashes: usize,
    /// How the run ended, with every crash as without one: its output as JSON, or its error.
    pub ending: String,
}

impl CrashReport {
    pub(super) fn new(workflow: &'static str, crashes: usize, whole: &Through) -> Self {
        Self {
            workflow,
            commits: whole.commits,
            crashes,
            ending: whole.ending.clone(),
        }
    }
}

impl fmt::Display for CrashReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` came to {} after each of {} crashes, before and after each of {} commits",
            self.workflow, self.ending, self.crashes, self.commits
        )
    }
}
