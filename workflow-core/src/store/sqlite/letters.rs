//! What trackers put aside, dropped or were forgotten with: written in the transaction in which
//! the cursor passes it.

use rusqlite::params;
use workflow_tracker::{Account, Expire, LetterEnd, LetterId, Quarantine};

use super::convert::{int, millis};
use super::delivery;
use super::transaction::Transaction;

impl Transaction<'_, '_> {
    pub(super) fn quarantine(&mut self, event: &Quarantine) -> rusqlite::Result<()> {
        let Quarantine {
            tracker,
            lane,
            pos,
            status,
            reason,
            at,
        } = event;
        let place = params![&**tracker, lane, int(*pos)];
        if self.sql.pass_quarantined.execute(place)? > 0 {
            let letter = params![&**tracker, lane, int(*pos), millis(*at), status, reason];
            self.sql.insert_letter.execute(letter)?;
        }
        Ok(())
    }

    pub(super) fn expire(&mut self, events: &Expire) -> rusqlite::Result<()> {
        let Expire {
            tracker,
            lane,
            pos,
            events,
        } = events;
        let values = params![&**tracker, lane, int(*pos), int(*events)];
        self.sql.pass_expired.execute(values)?;
        Ok(())
    }

    /// Says whether there was such a letter.
    pub(super) fn close_letter(&mut self, id: &LetterId, end: LetterEnd) -> rusqlite::Result<bool> {
        let place = params![id.tracker, id.lane, int(id.pos)];
        let existed = self.sql.delete_letter.execute(place)? > 0;
        match end {
            LetterEnd::Delivered if existed => {
                let cursor = params![id.tracker, id.lane];
                self.sql.count_delivered.execute(cursor)?;
            }
            LetterEnd::Delivered | LetterEnd::Discarded => {}
        }
        Ok(existed)
    }

    /// `None` where the tracker was never opened.
    pub(super) fn forget(&mut self, tracker: &str) -> rusqlite::Result<Option<Account>> {
        // Rows of this very transaction count as well.
        self.store_heads()?;
        let account = self.sql.account.query_row([tracker], delivery::account)?;
        self.sql.delete_cursors.execute([tracker])?;
        self.sql.delete_letters.execute([tracker])?;
        Ok(account.map(Account::forgotten))
    }
}
