//! Runs that nobody serves.

use std::collections::BTreeSet;

use super::core::Core;
use crate::store::{RunQuery, RunRecord, RunStatus, StoreError};

/// How many are listed at most.
const RUNS_MAX: usize = 1_000;

impl Core {
    /// Runs that have not ended and whose workflow this engine does not have.
    pub(super) async fn stranded(&self) -> Result<Vec<RunRecord>, StoreError> {
        let serves = |name: &str, version| self.registry.get(name, version).is_some();
        let census = self.store.census().await?;
        let lines = census.open.iter();
        let stranded = lines.filter(|line| !serves(&line.workflow, line.version));
        let workflows: BTreeSet<_> = stranded.map(|line| &line.workflow).collect();
        let mut found = Vec::new();
        for workflow in workflows {
            for status in RunStatus::ALL
                .into_iter()
                .filter(|status| !status.is_terminal())
            {
                let query = RunQuery::default().workflow(workflow).status(status);
                let runs = self.store.runs(query.max(RUNS_MAX)).await?;
                let unserved = |run: &RunRecord| !serves(&run.workflow, run.version);
                found.extend(runs.into_iter().filter(unserved));
            }
        }
        found.sort_by_key(|record| std::cmp::Reverse(record.run));
        found.truncate(RUNS_MAX);
        Ok(found)
    }
}
