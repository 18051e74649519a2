//! Questions about runs and their logs.

use rusqlite::{OptionalExtension as _, Rows, params};
use workflow_tracker::Timestamp;

use super::convert::{self, int, millis, time};
use super::sql::Reads;
use crate::store::reading::{REQUESTS_MAX, Wanted};
use crate::store::{
    Claimable, Due, ReadRows, Request, Row, RunKey, RunNo, RunQuery, RunRecord, RunStatus,
};

/// The statuses in which a run waits for an instant.
const WAITING: [RunStatus; 2] = [RunStatus::Waiting, RunStatus::Queued];

/// So many runs are sorted in a few milliseconds.
const FEW: i64 = 5_000;

impl Reads<'_> {
    pub(super) fn run(&mut self, key: &RunKey) -> rusqlite::Result<Option<RunRecord>> {
        let found = match key {
            RunKey::No(run) => self.run_by_no.query_row([run.0], convert::record),
            RunKey::Id(id) => {
                let id = id.as_uuid();
                self.run_by_id.query_row([id.as_bytes()], convert::record)
            }
            RunKey::UserId { workflow, id } => {
                let key = params![workflow, id];
                self.run_by_user_id.query_row(key, convert::record)
            }
        };
        found.optional()
    }

    pub(super) fn list(&mut self, query: &RunQuery) -> rusqlite::Result<Vec<RunRecord>> {
        let few = self.has_few(query.status)?;
        let statement = if few {
            &mut self.few_runs
        } else {
            &mut self.runs
        };
        let values = params![
            query.before.map_or(i64::MAX, |before| before.0),
            query.workflow,
            query.status.map(RunStatus::as_str),
            limit(query.runs_max),
        ];
        statement.query_map(values, convert::record)?.collect()
    }

    /// Whether it is faster to sort all runs with the status than to look through all runs from
    /// the newest on.
    fn has_few(&mut self, status: Option<RunStatus>) -> rusqlite::Result<bool> {
        match status {
            Some(status) if !status.is_terminal() => {
                let values = params![status.as_str(), FEW];
                let counted: i64 = self.count_open.query_row(values, |row| row.get(0))?;
                Ok(counted < FEW)
            }
            _ => Ok(false),
        }
    }

    pub(super) fn rows(&mut self, read: ReadRows) -> rusqlite::Result<Vec<Row>> {
        let values = params![read.run.0, int(read.after), limit(read.rows_max)];
        self.rows.query_map(values, convert::row)?.collect()
    }

    pub(super) fn last_row(&mut self, run: RunNo) -> rusqlite::Result<Option<Row>> {
        let found = self.last_row.query_row([run.0], convert::row);
        found.optional()
    }

    pub(super) fn requests(&mut self, after: u64) -> rusqlite::Result<Vec<Request>> {
        let values = params![int(after), limit(REQUESTS_MAX)];
        let found = self.requests.query_map(values, convert::request)?;
        found.collect()
    }

    pub(super) fn inbox(&mut self, run: RunNo) -> rusqlite::Result<Vec<Request>> {
        let found = self.inbox.query_map([run.0], convert::request)?;
        found.collect()
    }

    pub(super) fn claimable(&mut self, claimable: &Claimable) -> rusqlite::Result<Due> {
        self.begin.execute([])?;
        let due = self.due(claimable);
        self.end.execute([])?;
        due
    }

    fn due(&mut self, claimable: &Claimable) -> rusqlite::Result<Due> {
        let wanted = Wanted::new(claimable);
        let enough = claimable.runs_max.saturating_add(1);
        let mut runs = wanted_runs(self.ownerless_runs.query([])?, &wanted, enough)?;
        let left = enough - runs.len();
        let abandoned = self.abandoned_runs.query([int(claimable.epoch)])?;
        runs.extend(wanted_runs(abandoned, &wanted, left)?);

        let left = enough - runs.len();
        let mut waiting = Vec::new();
        for status in WAITING {
            let until = params![status.as_str(), millis(claimable.now)];
            let due = self.due_runs.query(until)?;
            waiting.extend(wanted_runs(due, &wanted, left)?);
        }
        waiting.sort_by_key(|record| (record.wake_at, record.run));
        runs.extend(waiting.into_iter().take(left));
        let next_at = self.next_at(claimable.now, &wanted)?;
        Ok(Due::of(runs, claimable.runs_max, next_at))
    }

    fn next_at(
        &mut self,
        now: Timestamp,
        wanted: &Wanted<'_>,
    ) -> rusqlite::Result<Option<Timestamp>> {
        let mut next_at = None;
        for status in WAITING {
            let after = params![status.as_str(), millis(now)];
            let mut later = self.later_runs.query(after)?;
            while let Some(row) = later.next()? {
                if wants(wanted, row, [0, 1, 2])? {
                    let at = time(row, 3)?;
                    next_at = Some(next_at.map_or(at, |next: Timestamp| next.min(at)));
                    break;
                }
            }
        }
        Ok(next_at)
    }
}

/// The first of these runs that are wanted, at most so many.
fn wanted_runs(
    mut rows: Rows<'_>,
    wanted: &Wanted<'_>,
    runs_max: usize,
) -> rusqlite::Result<Vec<RunRecord>> {
    let mut found = Vec::new();
    while found.len() < runs_max
        && let Some(row) = rows.next()?
    {
        if wants(wanted, row, [0, 2, 3])? {
            found.push(convert::record(row)?);
        }
    }
    Ok(found)
}

/// Whether the run is wanted; the columns are those of its number, workflow and version.
fn wants(
    wanted: &Wanted<'_>,
    row: &rusqlite::Row<'_>,
    [run, workflow, version]: [usize; 3],
) -> rusqlite::Result<bool> {
    let workflow = row.get_ref(workflow)?.as_str()?;
    Ok(wanted.wants(RunNo(row.get(run)?), workflow, row.get(version)?))
}

fn limit(max: usize) -> i64 {
    i64::try_from(max).unwrap_or(i64::MAX)
}
