//! What is written beside commits: releases, requests, cursors, leases.

use rusqlite::{OptionalExtension as _, params};
use workflow_tracker::{LanePosition, OpenCursor, StartAt, Timestamp};

use super::convert::{CANCEL, int, millis, number};
use super::transaction::Transaction;
use crate::store::{Claim, NewRequest, RequestKind, RequestReply, RunStatus};

impl Transaction<'_, '_> {
    pub(super) fn release(&mut self, claim: Claim) -> rusqlite::Result<()> {
        let of_claim = params![claim.run.0, int(claim.epoch), int(claim.execution)];
        self.sql.release_run.execute(of_claim)?;
        Ok(())
    }

    pub(super) fn request(&mut self, request: &NewRequest) -> rusqlite::Result<RequestReply> {
        let run = request.run.0;
        let status = self.sql.status_of_run.query_row([run], |row| row.get(0));
        let Some(status): Option<RunStatus> = status.optional()? else {
            return Ok(RequestReply::Unknown);
        };
        if status.is_terminal() {
            return Ok(RequestReply::Ended(status));
        }
        let RequestKind::Cancel { reason } = &request.kind;
        if !self.sql.first_request.exists([run])? {
            let values = params![run, CANCEL, reason, millis(request.at)];
            self.sql.insert_request.execute(values)?;
        }
        Ok(RequestReply::Accepted)
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
