//! The way to the thread that owns the writing connection.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;
use workflow_tracker::CursorMove;

use super::counters::Tally;
use super::error::Origin;
use super::job::Job;
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
    Advance(CursorMove),
    /// The number that changes when another connection writes.
    DataVersion(oneshot::Sender<Result<u64, StoreError>>),
    /// Limits the file's size.
    #[cfg(any(test, feature = "testing"))]
    PagesMax(u32),
}

/// The way to the writing thread, which ends when this is dropped.
pub(super) struct Writer {
    queue: Option<Sender<Message>>,
    thread: Option<JoinHandle<()>>,
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
        let thread = thread::start("workflow-store", origin, move |ready| {
            let worker = |sql| Worker {
                connection: &connection,
                sql,
                messages,
                moves: Moves::default(),
                synchronous,
                origin: of_thread.clone(),
                tally,
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
            queue: Some(queue),
            thread: Some(thread),
        })
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
