//! The way to the thread that owns the writing connection.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Instant;

use rusqlite::Connection;
use tokio::sync::oneshot;
use workflow_tracker::CursorMove;

use super::counters::Tally;
use super::error::Origin;
use super::job::Job;
use super::lease::Held;
use super::moves::Moves;
use super::sql::Writes;
use super::worker::Worker;
use super::{Synchronous, thread};
use crate::store::StoreError;

/// What the writing thread is asked.
pub(super) enum Message {
    Write(Box<dyn Job>),
    /// Something to write that is durable when it is answered, whatever `synchronous` says.
    Sync(Box<dyn Job>),
    /// There are cursor moves, after there were none.
    Moves,
    /// Lets go of the lock, once everything before is written.
    LetGo(Held),
    /// The number that changes when another connection writes.
    DataVersion(oneshot::Sender<Result<u64, StoreError>>),
    /// Limits the file's size.
    #[cfg(any(test, feature = "testing"))]
    PagesMax(u32),
}

/// The way to the writing thread, which ends when this is dropped.
pub(super) struct Writer {
    moves: Arc<Moves>,
    /// The only strong one: the thread ends when it is gone.
    queue: Option<Arc<Sender<Message>>>,
    thread: Option<JoinHandle<()>>,
}

/// A lock that is let go behind everything that was given to the writing thread before.
pub(super) struct LetGoLast {
    held: Option<Held>,
    queue: Weak<Sender<Message>>,
}

impl Drop for LetGoLast {
    fn drop(&mut self) {
        let Some(held) = self.held.take() else { return };
        held.resignation().hand_in();
        // A thread that has ended has nothing left to write: the lock is let go here.
        if let Some(queue) = self.queue.upgrade() {
            let _ = queue.send(Message::LetGo(held));
        }
    }
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        synchronous: Synchronous,
        origin: &Origin,
        tally: Arc<Tally>,
    ) -> Result<Self, StoreError> {
        let (queue, messages) = channel();
        let of_thread = origin.clone();
        let moves = Arc::<Moves>::default();
        let of_worker = Arc::clone(&moves);
        let thread = thread::start("workflow-store", origin, move |ready| {
            let worker = |sql| Worker {
                connection: &connection,
                sql,
                messages,
                moves: of_worker,
                synchronous,
                origin: of_thread.clone(),
                tally,
                left: 0,
            };
            let prepared = Writes::prepare(&connection);
            match prepared.map_err(|error| of_thread.error("prepare statements", &error)) {
                Ok(sql) => {
                    ready.done();
                    worker(sql).run();
                }
                Err(error) => ready.failed(error),
            }
        })?;
        Ok(Self {
            moves,
            queue: Some(Arc::new(queue)),
            thread: Some(thread),
        })
    }

    pub(super) fn let_go_last(&self, held: Held) -> LetGoLast {
        LetGoLast {
            held: Some(held),
            queue: self.queue.as_ref().map_or_else(Weak::new, Arc::downgrade),
        }
    }

    /// Moves a cursor with one of the next transactions.
    pub(super) fn advance(&self, to: CursorMove) {
        if self.moves.add(to, Instant::now()) {
            self.send(Message::Moves);
        }
    }

    /// Hands a message over; if the thread has ended, whoever waits for an answer sees that.
    pub(super) fn send(&self, message: Message) {
        if let Some(queue) = &self.queue {
            let _ = queue.send(message);
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        thread::join(self.thread.take());
    }
}
