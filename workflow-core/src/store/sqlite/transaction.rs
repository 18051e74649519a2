//! One transaction of the writing thread: where rows get their positions.

use rusqlite::{Connection, params};
use workflow_tracker::{CursorMove, LANES};

use super::convert::{int, number};
use super::sql::Writes;

pub(super) struct Transaction<'t, 'c> {
    pub(super) connection: &'c Connection,
    pub(super) sql: &'t mut Writes<'c>,
    /// The heads of the lanes that were looked at.
    heads: [Option<Head>; LANES as usize],
    pub(super) rows: u64,
    /// Something is left for whoever executes.
    pub(super) left: bool,
}

#[derive(Clone, Copy)]
struct Head {
    stored: u64,
    now: u64,
}

impl<'t, 'c> Transaction<'t, 'c> {
    pub(super) fn begin(
        connection: &'c Connection,
        sql: &'t mut Writes<'c>,
    ) -> rusqlite::Result<Self> {
        sql.begin.execute([])?;
        Ok(Self {
            connection,
            sql,
            heads: [None; LANES as usize],
            rows: 0,
            left: false,
        })
    }

    /// The next position of a lane.
    pub(super) fn next_pos(&mut self, lane: u8) -> rusqlite::Result<u64> {
        let head = &mut self.heads[usize::from(lane)];
        let mut found = if let Some(found) = *head {
            found
        } else {
            let stored = self
                .sql
                .head_of_lane
                .query_row([lane], |row| number(row, 0))?;
            Head {
                stored,
                now: stored,
            }
        };
        found.now += 1;
        *head = Some(found);
        Ok(found.now)
    }

    /// Moves cursors, stores the heads and commits.
    pub(super) fn commit(mut self, moves: &[CursorMove]) -> rusqlite::Result<()> {
        self.store_heads()?;
        for CursorMove { tracker, lane, pos } in moves {
            let values = params![&**tracker, lane, int(*pos)];
            self.sql.move_cursor.execute(values)?;
        }
        self.sql.commit.execute([])?;
        Ok(())
    }

    /// Writes the heads that moved, once for each lane and not once for each row.
    pub(super) fn store_heads(&mut self) -> rusqlite::Result<()> {
        for (lane, head) in (0..LANES).zip(&mut self.heads) {
            if let Some(head) = head
                && head.now > head.stored
            {
                self.sql.move_head.execute(params![lane, int(head.now)])?;
                head.stored = head.now;
            }
        }
        Ok(())
    }
}
