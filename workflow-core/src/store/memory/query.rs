//! Questions about runs, in memory.

use std::collections::BTreeMap;

use super::state::{Open, State};
use crate::store::reading::{DueOf, REQUESTS_MAX};
use crate::store::{
    Census, Claimable, Due, Notice, OpenRuns, ReadRows, Request, RequestKind, Row, RunKey, RunNo,
    RunQuery, RunRecord, RunStatus, Served,
};

impl State {
    pub(super) fn record(&self, key: &RunKey) -> Option<RunRecord> {
        let run = match key {
            RunKey::No(run) => run,
            RunKey::Id(id) => self.by_id.get(id)?,
            RunKey::UserId { workflow, id } => self.by_user_id.get(workflow)?.get(id)?,
        };
        self.run(*run).map(|run| run.record.clone())
    }

    pub(super) fn list(&self, query: &RunQuery) -> Vec<RunRecord> {
        let wanted = |record: &&RunRecord| {
            query.before.is_none_or(|before| record.run < before)
                && query.status.is_none_or(|status| record.status == status)
                && query
                    .created_from
                    .is_none_or(|from| record.created_at >= from)
                && query
                    .created_until
                    .is_none_or(|until| record.created_at < until)
                && query
                    .workflow
                    .as_ref()
                    .is_none_or(|workflow| record.workflow == *workflow)
        };
        let records = self.newest_first().filter(wanted);
        records.take(query.runs_max).cloned().collect()
    }

    pub(super) fn census(&self) -> Census {
        let mut open = BTreeMap::new();
        let mut ended = BTreeMap::new();
        for record in self.newest_first() {
            let place = RunStatus::ALL
                .iter()
                .position(|status| *status == record.status);
            if record.status.is_terminal() {
                let (_, runs) = ended.entry(place).or_insert((record.status, 0));
                *runs += 1;
            } else {
                let key = (place, record.workflow.clone(), record.version);
                let line = open.entry(key).or_insert_with(|| OpenRuns {
                    status: record.status,
                    workflow: record.workflow.clone(),
                    version: record.version,
                    runs: 0,
                });
                line.runs += 1;
            }
        }
        Census {
            open: open.into_values().collect(),
            ended: ended.into_values().collect(),
        }
    }

    pub(super) fn rows(&self, read: ReadRows) -> Vec<Row> {
        let rows = self.run(read.run).map_or(&[][..], |run| &run.rows);
        let after = usize::try_from(read.after).unwrap_or(usize::MAX);
        let rows = rows.iter().skip(after);
        rows.take(read.rows_max).cloned().collect()
    }

    pub(super) fn last_row(&self, run: RunNo) -> Option<Row> {
        self.run(run)?.rows.last().cloned()
    }

    pub(super) fn requests(&self, after: u64) -> Vec<Notice> {
        let later = self.inbox.range(after.saturating_add(1)..);
        later
            .map(|(_, request)| Notice {
                id: request.id,
                run: request.run,
                cancel: matches!(request.kind, RequestKind::Cancel { .. }),
            })
            .take(REQUESTS_MAX)
            .collect()
    }

    pub(super) fn inbox(&self, run: RunNo) -> Vec<Request> {
        let ids = self.run(run).map_or(&[][..], |run| &run.requests);
        ids.iter().map(|id| self.inbox[id].clone()).collect()
    }

    pub(super) fn claimable(&self, claimable: &Claimable) -> Due {
        let parts = claimable.workflows.iter().filter_map(|served| {
            let key = (served.workflow.clone(), served.version);
            let part = self.due_of(claimable, served, self.open.get(&key)?);
            Some((served, part))
        });
        Due::of(parts, claimable.runs_max)
    }

    fn due_of(&self, claimable: &Claimable, served: &Served, open: &Open) -> DueOf {
        let earlier = ..(Some(claimable.epoch), RunNo(i64::MIN));
        let running = open.running.range(earlier).map(|(_, run)| run);
        let last_due = (claimable.now, RunNo(i64::MAX));
        let due = open.waiting.range(..=last_due).map(|(_, run)| run);
        let unknown = |run: &&RunNo| !claimable.except.contains(run);
        let runs = running.chain(due).filter(unknown);
        let records = runs.filter_map(|run| Some(self.run(*run)?.record.clone()));
        let mut later = open.waiting.range(last_due..);
        let next = later.find(|(_, run)| unknown(&run));
        DueOf {
            runs: records.take(claimable.enough(served)).collect(),
            next_at: next.map(|(at, _)| *at),
        }
    }
}
