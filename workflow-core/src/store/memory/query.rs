//! Questions about runs, in memory.

use super::state::State;
use crate::store::reading::{REQUESTS_MAX, Wanted};
use crate::store::{Claimable, Due, ReadRows, Request, Row, RunKey, RunNo, RunQuery, RunRecord};

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
                    .workflow
                    .as_ref()
                    .is_none_or(|workflow| record.workflow == *workflow)
        };
        let records = self.newest_first().filter(wanted);
        records.take(query.runs_max).cloned().collect()
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

    pub(super) fn requests(&self, after: u64) -> Vec<Request> {
        let later = self.inbox.range(after.saturating_add(1)..);
        later
            .map(|(_, request)| request.clone())
            .take(REQUESTS_MAX)
            .collect()
    }

    pub(super) fn inbox(&self, run: RunNo) -> Vec<Request> {
        let ids = self.run(run).map_or(&[][..], |run| &run.requests);
        ids.iter().map(|id| self.inbox[id].clone()).collect()
    }

    pub(super) fn claimable(&self, claimable: &Claimable) -> Due {
        let wanted = Wanted::new(claimable);
        let ownerless = self
            .running
            .range(..(Some(claimable.epoch), RunNo(i64::MIN)));
        let last_due = (claimable.now, RunNo(i64::MAX));
        let due = self.waiting.range(..=last_due);
        let later = self.waiting.range(last_due..);

        let runs = ownerless.map(|(_, run)| run).chain(due.map(|(_, run)| run));
        let records = runs.filter_map(|run| Some(&self.run(*run)?.record));
        let records = records.filter(|record| wants(&wanted, record));
        let runs: Vec<_> = records
            .take(claimable.runs_max.saturating_add(1))
            .cloned()
            .collect();
        let wanted_later = |run: &RunNo| {
            self.run(*run)
                .is_some_and(|run| wants(&wanted, &run.record))
        };
        let mut later = later.filter(|(_, run)| wanted_later(run));
        Due::of(runs, claimable.runs_max, later.next().map(|(at, _)| *at))
    }
}

fn wants(wanted: &Wanted<'_>, record: &RunRecord) -> bool {
    wanted.wants(record.run, &record.workflow, record.version)
}
