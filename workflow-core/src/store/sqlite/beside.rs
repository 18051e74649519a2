//! What is written beside commits: releases, cursors, leases.

use rusqlite::params;
use workflow_tracker::{LanePosition, OpenCursor, StartAt, Timestamp};

use super::convert::{int, millis, number};
use super::transaction::Transaction;
use crate::store::Claim;

impl Transaction<'_, '_> {
    pub(super) fn release(&mut self, claim: Claim) -> rusqlite::Result<()> {
        let of_claim = params![claim.run.0, int(claim.epoch), int(claim.execution)];
        self.sql.release_run.execute(of_claim)?;
        Ok(())
    }

    pub(super) fn open_cursor(&mut self, open: &OpenCursor) -> rusqlite::Result<Vec<LanePosition>> {
        self.store_heads()?;
        let from_beginning = open.start_at == StartAt::Beginning;
        let values = params![open.tracker, from_beginning];
        self.sql.insert_cursors.execute(values)?;
        let positions = self
            .sql
            .positions
            .query_map([&open.tracker], lane_position)?;
        positions.collect()
    }

    /// Registers an engine, and gives it the next epoch.
    pub(super) fn next_epoch(&mut self, pid: u32, at: Timestamp) -> rusqlite::Result<u64> {
        self.sql.insert_engine.execute(params![pid, millis(at)])?;
        Ok(self.connection.last_insert_rowid().cast_unsigned())
    }

    /// Writes something, so that the commit syncs what came before; the heads that are durable
    /// after it.
    pub(super) fn mark_sync(&mut self) -> rusqlite::Result<Vec<u64>> {
        self.store_heads()?;
        self.sql.mark_sync.execute([])?;
        let heads = self.sql.heads.query_map([], |row| number(row, 0))?;
        heads.collect()
    }
}

pub(super) fn lane_position(row: &rusqlite::Row<'_>) -> rusqlite::Result<LanePosition> {
    Ok(LanePosition {
        lane: row.get(0)?,
        head: number(row, 1)?,
        cursor: number(row, 2)?,
    })
}
