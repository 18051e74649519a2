//! A thread that owns a reading connection and answers one question after the other.

use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;
use workflow_tracker::BoxFuture;

use super::error::Origin;
use super::job::{answer, closed};
use super::sql::Reads;
use super::thread;
use crate::store::StoreError;

type Question = Box<dyn FnOnce(&mut Reads<'_>) + Send>;

/// The way to a reading thread, which ends when this is dropped.
pub(super) struct Reader {
    queue: Option<Sender<Question>>,
    thread: Option<JoinHandle<()>>,
    origin: Origin,
}

impl Reader {
    pub(super) fn start(
        name: &str,
        connection: Connection,
        origin: &Origin,
    ) -> Result<Self, StoreError> {
        let (queue, questions) = channel::<Question>();
        let of_thread = origin.clone();
        let thread = thread::start(name, origin, move |ready| {
            let prepared = Reads::prepare(&connection);
            match prepared.map_err(|error| of_thread.error("prepare statements", &error)) {
                Ok(mut sql) => {
                    ready.done();
                    for question in questions {
                        question(&mut sql);
                    }
                }
                Err(error) => ready.failed(error),
            }
        })?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
            origin: origin.clone(),
        })
    }

    /// Asks a question; `tried` says in messages what for.
    pub(super) fn ask<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        &self,
        tried: &'static str,
        question: impl FnOnce(&mut Reads<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, E>> {
        let (reply, receiver) = oneshot::channel();
        let origin = self.origin.clone();
        let question: Question = Box::new(move |sql| {
            let found = question(sql).map_err(|error| origin.error(tried, &error));
            // Who no longer waits for the answer does not want it.
            let _ = reply.send(found);
        });
        if let Some(queue) = &self.queue {
            let _ = queue.send(question);
        }
        answer(receiver, closed(&self.origin, tried))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.queue = None;
        thread::join(self.thread.take());
    }
}
