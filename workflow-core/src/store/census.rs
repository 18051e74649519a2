//! How many runs there are, by what they are and where they stand.

use super::RunStatus;

/// How many runs there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Census {
    /// Those that have not ended, by status and workflow.
    pub open: Vec<OpenRuns>,
    /// Those that have, by how they did.
    pub ended: Vec<(RunStatus, u64)>,
}

/// Runs of one workflow that have the same status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRuns {
    /// Where they stand.
    pub status: RunStatus,
    /// The workflow's name.
    pub workflow: String,
    /// Its version, where it has versions.
    pub version: Option<u32>,
    /// How many there are.
    pub runs: u64,
}

impl Census {
    /// How many runs have this status.
    pub fn count(&self, status: RunStatus) -> u64 {
        let open = self.open.iter().map(|line| (line.status, line.runs));
        let all = open.chain(self.ended.iter().copied());
        all.filter(|(of, _)| *of == status)
            .map(|(_, runs)| runs)
            .sum()
    }
}
