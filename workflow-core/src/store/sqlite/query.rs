//! Questions about runs and their logs.

use std::collections::HashSet;

use rusqlite::{OptionalExtension as _, Rows, params};
use workflow_tracker::Timestamp;

use super::convert::{self, int, millis, number, time};
use super::sql::Reads;
use crate::store::reading::{DueOf, REQUESTS_MAX};
use crate::store::{
    Census, Claimable, Due, Notice, OpenRuns, ReadRows, Request, Row, RunKey, RunNo, RunQuery,
    RunRecord, RunStatus, Served,
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
        let statement = match query.status {
            Some(status) if few && status.is_terminal() => &mut self.few_ended_runs,
            Some(_) if few => &mut self.few_runs,
            _ => &mut self.runs,
        };
        let values = params![
            query.before.map_or(i64::MAX, |before| before.0),
            query.workflow,
            query.status.map(RunStatus::as_str),
            limit(query.runs_max),
            query.created_from.map_or(i64::MIN, millis),
            query.created_until.map_or(i64::MAX, millis),
        ];
        statement.query_map(values, convert::record)?.collect()
    }

    /// Whether it is faster to sort all runs with the status than to look through all runs from
    /// the newest on.
    fn has_few(&mut self, status: Option<RunStatus>) -> rusqlite::Result<bool> {
        let Some(status) = status else {
            return Ok(false);
        };
        let count = if status.is_terminal() {
            &mut self.count_ended
        } else {
            &mut self.count_open
        };
        let values = params![status.as_str(), FEW];
        let counted: i64 = count.query_row(values, |row| row.get(0))?;
        Ok(counted < FEW)
    }

    pub(super) fn census(&mut self) -> rusqlite::Result<Census> {
        let open = self.census_of_open.query_map([], |row| {
            Ok(OpenRuns {
                status: row.get(0)?,
                workflow: row.get(1)?,
                version: row.get(2)?,
                runs: number(row, 3)?,
            })
        })?;
        let open = open.collect::<Result<_, _>>()?;
        let ended = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, number(row, 1)?));
        let ended = self.census_of_ended.query_map([], ended)?;
        Ok(Census {
            open,
            ended: ended.collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn rows(&mut self, read: ReadRows) -> rusqlite::Result<Vec<Row>> {
        let values = params![read.run.0, int(read.after), limit(read.rows_max)];
        self.rows.query_map(values, convert::row)?.collect()
    }

    pub(super) fn last_row(&mut self, run: RunNo) -> rusqlite::Result<Option<Row>> {
        let found = self.last_row.query_row([run.0], convert::row);
        found.optional()
    }

    pub(super) fn requests(&mut self, after: u64) -> rusqlite::Result<Vec<Notice>> {
        let values = params![int(after), limit(REQUESTS_MAX)];
        let found = self.requests.query_map(values, convert::notice)?;
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
        let mut parts = Vec::new();
        for served in &claimable.workflows {
            parts.push((served, self.due_of(claimable, served)?));
        }
        Ok(Due::of(parts, claimable.runs_max))
    }

    fn due_of(&mut self, claimable: &Claimable, served: &Served) -> rusqlite::Result<DueOf> {
        let Served {
            workflow, version, ..
        } = served;
        let enough = claimable.enough(served);
        let except = &claimable.except;
        let ownerless = self.ownerless_runs.query(params![workflow, version])?;
        let mut runs = known_aside(ownerless, except, enough)?;
        let earlier = params![workflow, version, int(claimable.epoch)];
        let abandoned = self.abandoned_runs.query(earlier)?;
        runs.extend(known_aside(abandoned, except, enough - runs.len())?);

        let left = enough - runs.len();
        let mut waiting = Vec::new();
        let mut next_at = None;
        for status in WAITING {
            let now = params![workflow, version, status.as_str(), millis(claimable.now)];
            waiting.extend(known_aside(self.due_runs.query(now)?, except, left)?);
            let later = first_at(self.later_runs.query(now)?, except)?;
            next_at = [next_at, later].into_iter().flatten().min();
        }
        waiting.sort_by_key(|record| (record.wake_at, record.run));
        runs.extend(waiting.into_iter().take(left));
        Ok(DueOf { runs, next_at })
    }
}

/// The first of these runs that the engine does not know, at most so many.
fn known_aside(
    mut rows: Rows<'_>,
    known: &HashSet<RunNo>,
    runs_max: usize,
) -> rusqlite::Result<Vec<RunRecord>> {
    let mut found = Vec::new();
    while found.len() < runs_max
        && let Some(row) = rows.next()?
    {
        if !known.contains(&RunNo(row.get(0)?)) {
            found.push(convert::record(row)?);
        }
    }
    Ok(found)
}

/// When the first of these runs that the engine does not know is due.
fn first_at(mut rows: Rows<'_>, known: &HashSet<RunNo>) -> rusqlite::Result<Option<Timestamp>> {
    while let Some(row) = rows.next()? {
        if !known.contains(&RunNo(row.get(0)?)) {
            return time(row, 1).map(Some);
        }
    }
    Ok(None)
}

fn limit(max: usize) -> i64 {
    i64::try_from(max).unwrap_or(i64::MAX)
}
