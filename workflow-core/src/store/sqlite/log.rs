//! The log as the relay reads it: nothing leaves that could still be lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use workflow_tracker::{
    Account, BoxFuture, CursorMove, DeadLetter, EventLog, Expire, LANES, LanePosition, LetterEnd,
    LetterId, LetterQuery, LogError, LoggedEvent, OpenCursor, Quarantine, ReadLane,
};

use super::SqliteStore;
use super::job::{Ask, answer, closed};
use super::sql::Reads;
use super::transaction::Transaction;
use super::writer::Message;
use crate::store::{StoreError, reading};

/// Up to where each lane is known to survive the loss of power, where commits are not synced.
#[derive(Debug, Default)]
pub(super) struct Durable([AtomicU64; LANES as usize]);

impl Durable {
    fn covers(&self, event: &LoggedEvent) -> bool {
        self.0[usize::from(event.lane)].load(Ordering::Relaxed) >= event.pos
    }

    fn raise(&self, heads: &[u64]) {
        for (durable, head) in self.0.iter().zip(heads) {
            durable.fetch_max(*head, Ordering::Relaxed);
        }
    }
}

impl SqliteStore {
    /// Makes everything that was committed durable.
    async fn sync(&self, durable: &Arc<Durable>) -> Result<(), StoreError> {
        let act = |tx: &mut Transaction<'_, '_>| tx.mark_sync();
        let (ask, reply) = Ask::new(act);
        self.writer.send(Message::Sync(Box::new(ask)));
        let heads: Result<_, StoreError> = answer(reply, closed(&self.origin, "sync")).await;
        durable.raise(&heads?);
        Ok(())
    }
}

impl EventLog for SqliteStore {
    fn open_cursor(&self, open: OpenCursor) -> BoxFuture<'_, Result<Vec<LanePosition>, LogError>> {
        self.write("open a tracker's cursors", move |tx| tx.open_cursor(&open))
    }

    fn positions(&self, tracker: &str) -> BoxFuture<'_, Result<Vec<LanePosition>, LogError>> {
        let tracker = tracker.to_owned();
        let name = tracker.clone();
        let read = move |sql: &mut Reads<'_>| sql.positions(&tracker);
        let positions = self.relay_reads.ask("read a tracker's cursors", read);
        Box::pin(async move {
            let positions: Result<Vec<_>, LogError> = positions.await;
            match positions {
                Ok(positions) if positions.is_empty() => Err(self.never_opened(&name)),
                other => other,
            }
        })
    }

    fn read(&self, read: ReadLane) -> BoxFuture<'_, Result<Vec<LoggedEvent>, LogError>> {
        let events = self
            .relay_reads
            .ask("read the log", move |sql| sql.lane(read));
        let Some(durable) = &self.durable else {
            return events;
        };
        Box::pin(async move {
            let events: Result<Vec<LoggedEvent>, LogError> = events.await;
            let events = events?;
            if events.last().is_some_and(|last| !durable.covers(last)) {
                self.sync(durable).await?;
            }
            Ok(events)
        })
    }

    fn gone(&self, lane: u8, after: u64) -> BoxFuture<'_, Result<u64, LogError>> {
        let read = move |sql: &mut Reads<'_>| sql.gone(lane, after);
        self.relay_reads.ask("look for a gap in the log", read)
    }

    fn advance(&self, cursor: CursorMove) {
        self.writer.advance(cursor);
    }

    fn settle(&self) -> BoxFuture<'_, Result<(), LogError>> {
        match &self.durable {
            // Any transaction takes the moves along.
            None => self.write("record what was delivered", |_| Ok(())),
            Some(durable) => {
                let synced = self.sync(durable);
                Box::pin(async move { Ok(synced.await?) })
            }
        }
    }

    fn account(&self, tracker: &str) -> BoxFuture<'_, Result<Account, LogError>> {
        let tracker = tracker.to_owned();
        let name = tracker.clone();
        let read = move |sql: &mut Reads<'_>| sql.account(&tracker);
        let account = self.relay_reads.ask("add up a tracker's events", read);
        Box::pin(async move {
            let account: Result<Option<Account>, LogError> = account.await;
            account?.ok_or_else(|| self.never_opened(&name))
        })
    }

    fn quarantine(&self, event: Quarantine) -> BoxFuture<'_, Result<(), LogError>> {
        self.write("put an event aside", move |tx| tx.quarantine(&event))
    }

    fn expire(&self, events: Expire) -> BoxFuture<'_, Result<(), LogError>> {
        self.write("drop events that are too old", move |tx| tx.expire(&events))
    }

    fn dead_letters(&self, query: LetterQuery) -> BoxFuture<'_, Result<Vec<DeadLetter>, LogError>> {
        let read = move |sql: &mut Reads<'_>| sql.letters(&query);
        self.engine_reads.ask("list dead letters", read)
    }

    fn dead_letter(&self, letter: LetterId) -> BoxFuture<'_, Result<Option<DeadLetter>, LogError>> {
        let read = move |sql: &mut Reads<'_>| sql.letter(&letter);
        self.engine_reads.ask("read a dead letter", read)
    }

    fn close_letter(
        &self,
        letter: LetterId,
        end: LetterEnd,
    ) -> BoxFuture<'_, Result<bool, LogError>> {
        self.write("close a dead letter", move |tx| {
            tx.close_letter(&letter, end)
        })
    }

    fn trackers(&self) -> BoxFuture<'_, Result<Vec<String>, LogError>> {
        let read = |sql: &mut Reads<'_>| sql.trackers();
        self.engine_reads.ask("list the trackers", read)
    }

    fn forget(&self, tracker: &str) -> BoxFuture<'_, Result<Option<Account>, LogError>> {
        // Moves on their way are delivered events, which must not be counted as dropped.
        let settled = self.settle();
        let tracker = tracker.to_owned();
        Box::pin(async move {
            settled.await?;
            self.write("forget a tracker", move |tx| tx.forget(&tracker))
                .await
        })
    }
}

impl SqliteStore {
    fn never_opened(&self, tracker: &str) -> LogError {
        reading::never_opened(tracker, &self.path.display().to_string())
    }
}
