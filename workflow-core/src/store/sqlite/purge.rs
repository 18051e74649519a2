//! Removes finished runs: first they are gone for everybody, then their rows are deleted bit by bit.

use rusqlite::{OptionalExtension as _, params};
use workflow_tracker::{LANES, Timestamp};

use super::convert::{int, maybe_number, millis, number, time};
use super::transaction::Transaction;
use crate::store::purge::{Delivered, ENDED, Leaver};
use crate::store::{Purge, PurgePlace, PurgedPart, RunNo};

/// What counts as delivered, lane by lane.
type Lanes = [Delivered; LANES as usize];

/// A finished run that is old enough.
struct Candidate {
    place: PurgePlace,
    lane: u8,
}

impl Transaction<'_, '_> {
    pub(super) fn purge(&mut self, purge: &Purge) -> rusqlite::Result<PurgedPart> {
        let mut part = PurgedPart::default();
        if !self.sweep(purge.rows_max, &mut part)? {
            part.next = Some(purge.after);
            return Ok(part);
        }
        if purge.after == PurgePlace::START {
            self.note_delivered(purge)?;
        }
        let delivered = self.delivered(purge.cutoff())?;
        let candidates = self.candidates(purge)?;
        for candidate in &candidates {
            let leaver = self.leaver(candidate)?;
            if leaver.may_go(delivered[usize::from(candidate.lane)]) {
                self.remove(candidate.place.run)?;
                part.runs += 1;
            } else {
                part.held_back += 1;
            }
        }
        let rows_left = purge
            .rows_max
            .saturating_sub(usize::try_from(part.rows).unwrap_or(0));
        let is_swept = self.sweep(rows_left, &mut part)?;
        let last = candidates.last().map_or(purge.after, |last| last.place);
        let is_over = candidates.len() < purge.runs_max;
        part.next = (!is_over || !is_swept).then_some(last);
        Ok(part)
    }

    /// Deletes rows of runs that are gone; true when none are left.
    fn sweep(&mut self, rows_max: usize, part: &mut PurgedPart) -> rusqlite::Result<bool> {
        let mut left = rows_max;
        loop {
            let gone = self.sql.gone_run.query_row([], |row| row.get(0));
            let Some(run): Option<i64> = gone.optional()? else {
                return Ok(true);
            };
            if left == 0 {
                return Ok(false);
            }
            let rows_max = i64::try_from(left).unwrap_or(i64::MAX);
            let deleted = self.sql.delete_rows.execute(params![run, rows_max])?;
            part.rows += deleted as u64;
            if deleted < left {
                self.sql.forget_gone_run.execute([run])?;
            }
            left -= deleted;
        }
    }

    fn remove(&mut self, run: RunNo) -> rusqlite::Result<()> {
        self.sql.insert_gone_run.execute([run.0])?;
        self.sql.clear_inbox.execute([run.0])?;
        self.sql.delete_run.execute([run.0])?;
        Ok(())
    }

    /// Remembers how far every tracker is now, and forgets what is older than anybody asks for.
    fn note_delivered(&mut self, purge: &Purge) -> rusqlite::Result<()> {
        self.sql.note_delivered.execute([millis(purge.now)])?;
        for lane in 0..LANES {
            let older = params![lane, millis(purge.cutoff())];
            self.sql.forget_delivered.execute(older)?;
        }
        Ok(())
    }

    /// Up to where each lane was delivered at this instant, and still is.
    fn delivered(&mut self, at: Timestamp) -> rusqlite::Result<Lanes> {
        let mut delivered = [None; LANES as usize];
        let least = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, number(row, 1)?));
        let least: Vec<(u8, u64)> = {
            let found = self.sql.least_cursors.query_map([], least)?;
            found.collect::<Result<_, _>>()?
        };
        for (lane, cursor) in least {
            let then = params![lane, millis(at)];
            let then = self
                .sql
                .delivered_at
                .query_row(then, |row| maybe_number(row, 0));
            let then = then.optional()?.flatten().unwrap_or(0);
            delivered[usize::from(lane)] = Some(cursor.min(then));
        }
        Ok(delivered)
    }

    fn candidates(&mut self, purge: &Purge) -> rusqlite::Result<Vec<Candidate>> {
        let mut found = Vec::new();
        for (round, status) in ENDED.iter().enumerate().skip(purge.after.round) {
            let after = PurgePlace::round(round).max(purge.after);
            let values = params![
                status.as_str(),
                millis(after.finished_at),
                after.run.0,
                millis(purge.cutoff()),
                int((purge.runs_max - found.len()) as u64),
            ];
            let candidate = |row: &rusqlite::Row<'_>| {
                Ok(Candidate {
                    place: PurgePlace {
                        round,
                        finished_at: time(row, 1)?,
                        run: RunNo(row.get(0)?),
                    },
                    lane: row.get(2)?,
                })
            };
            for candidate in self.sql.finished_runs.query_map(values, candidate)? {
                found.push(candidate?);
            }
        }
        Ok(found)
    }

    fn leaver(&mut self, candidate: &Candidate) -> rusqlite::Result<Leaver> {
        let run = [candidate.place.run.0];
        let last_pos = self.sql.last_pos.query_row(run, |row| number(row, 0));
        Ok(Leaver {
            last_pos: last_pos.optional()?.unwrap_or(0),
            parent_is_open: self.sql.open_parent.exists(run)?,
            has_letters: self.sql.letter_of_run.exists(run)?,
        })
    }
}
