//! What the writing thread does: whatever waits for it shares a transaction.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

use rusqlite::Connection;
use workflow_tracker::CursorMove;

use super::counters::Tally;
use super::error::{Origin, may_be_of_one_member};
use super::job::Job;
use super::lease::Held;
use super::moves::Moves;
use super::sql::Writes;
use super::transaction::Transaction;
use super::writer::Message;
use super::{Synchronous, connect};
use crate::store::StoreError;

/// How many parts share a transaction at most: beyond this, a larger one is no faster.
const PARTS_MAX: usize = 1_024;
/// How many bytes share a transaction, so that the file's log stays small.
const BYTES_MAX: usize = 16 * 1024 * 1024;

pub(super) struct Worker<'c> {
    pub(super) connection: &'c Connection,
    pub(super) sql: Writes<'c>,
    pub(super) messages: Receiver<Message>,
    pub(super) moves: Arc<Moves>,
    pub(super) synchronous: Synchronous,
    pub(super) origin: Origin,
    pub(super) tally: Arc<Tally>,
    /// How often something was left for whoever executes: the data version of the file tells only
    /// what came through other connections.
    pub(super) left: u64,
}

/// What one transaction is to do.
#[derive(Default)]
struct Batch {
    jobs: Vec<Box<dyn Job>>,
    parts: usize,
    bytes: usize,
    sync: bool,
    /// Locks that are let go afterwards.
    locks: Vec<Held>,
}

impl Batch {
    fn add(&mut self, job: Box<dyn Job>) {
        self.parts += job.parts();
        self.bytes += job.bytes();
        self.jobs.push(job);
    }

    const fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.locks.is_empty()
    }

    const fn is_full(&self) -> bool {
        self.parts >= PARTS_MAX || self.bytes >= BYTES_MAX
    }
}

/// A part of a job: the job's place in its batch, and the part's in the job.
type Part = (usize, usize);

impl Worker<'_> {
    /// Works until the store is dropped.
    pub(super) fn run(mut self) {
        while let Some(batch) = self.next_batch() {
            self.perform(batch);
        }
        self.perform(Batch::default());
    }

    /// Everything that waits, as soon as something does; `None` when the store is closed.
    fn next_batch(&mut self) -> Option<Batch> {
        let mut batch = Batch::default();
        while batch.is_empty() {
            match self.receive() {
                Ok(message) => self.take(message, &mut batch),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
        while !batch.is_full()
            && let Ok(message) = self.messages.try_recv()
        {
            self.take(message, &mut batch);
        }
        Some(batch)
    }

    fn receive(&self) -> Result<Message, RecvTimeoutError> {
        match self.moves.due() {
            None => self.messages.recv().map_err(RecvTimeoutError::from),
            Some(due) => {
                let patience = due.saturating_duration_since(Instant::now());
                self.messages.recv_timeout(patience)
            }
        }
    }

    fn take(&mut self, message: Message, batch: &mut Batch) {
        match message {
            Message::Write(job) => batch.add(job),
            Message::Sync(job) => {
                batch.sync = true;
                batch.add(job);
            }
            // The next wait is until they are due.
            Message::Moves => {}
            Message::LetGo(held) => batch.locks.push(held),
            Message::DataVersion(reply) => {
                let _ = reply.send(self.data_version());
            }
            #[cfg(any(test, feature = "testing"))]
            Message::PagesMax(pages) => {
                let limited = connect::limit_pages(self.connection, pages);
                limited.expect("a number of pages is a valid limit");
            }
        }
    }

    fn data_version(&mut self) -> Result<u64, StoreError> {
        let version = self.sql.data_version.query_row([], |row| row.get(0));
        version
            .map(|version: i64| version.cast_unsigned().wrapping_add(self.left))
            .map_err(|error| self.origin.error("look for changes", &error))
    }

    fn perform(&mut self, batch: Batch) {
        let Batch {
            mut jobs,
            sync,
            locks,
            ..
        } = batch;
        let parts = parts(&jobs);
        if let Err(error) = self.transact(&mut jobs, &parts, sync) {
            if parts.len() > 1 && may_be_of_one_member(&error) {
                self.one_by_one(&mut jobs, &parts, sync);
            } else {
                self.fail(&mut jobs, &parts, &error);
            }
        }
        drop(locks);
        for job in jobs {
            job.finish();
        }
    }

    /// After an error in a group: each part alone, so that only the guilty ones fail.
    fn one_by_one(&mut self, jobs: &mut [Box<dyn Job>], parts: &[Part], sync: bool) {
        for part in parts {
            if let Err(error) = self.transact(jobs, &[*part], sync) {
                self.fail(jobs, &[*part], &error);
            }
        }
    }

    fn fail(&mut self, jobs: &mut [Box<dyn Job>], parts: &[Part], error: &rusqlite::Error) {
        let error = self.origin.error("write", error);
        self.moves.failed(Instant::now(), &error);
        for (job, part) in parts {
            jobs[*job].fail(*part, &error);
        }
    }

    /// One transaction with these parts and the moves that wait; after an error, nothing of it.
    fn transact(
        &mut self,
        jobs: &mut [Box<dyn Job>],
        parts: &[Part],
        sync: bool,
    ) -> rusqlite::Result<()> {
        let moves = self.moves_with(jobs, parts);
        if parts.is_empty() && moves.is_empty() {
            return Ok(());
        }
        self.roll_back()?;
        let raise = sync && self.synchronous != Synchronous::Full;
        if raise {
            connect::set_synchronous(self.connection, Synchronous::Full)?;
        }
        let done = self.attempt(jobs, parts, &moves);
        if done.is_err() {
            self.tally.failed();
            // If this fails, nothing more can be written until it succeeds; the first error counts.
            let _ = self.roll_back();
        }
        if raise {
            // If this fails, more is synced than was asked for.
            let _ = connect::set_synchronous(self.connection, self.synchronous);
        }
        done.inspect(|()| {
            if !moves.is_empty() {
                self.moves.done(moves, Instant::now());
            }
        })
    }

    /// The moves that are written in the transaction of these parts.
    fn moves_with(&self, jobs: &[Box<dyn Job>], parts: &[Part]) -> Vec<CursorMove> {
        let only_commits = parts.iter().all(|(job, _)| !jobs[*job].takes_moves());
        if only_commits && !parts.is_empty() && !self.moves.join_a_commit(Instant::now()) {
            return Vec::new();
        }
        self.moves.list()
    }

    /// Ends a transaction that failed, unless that ended it.
    fn roll_back(&mut self) -> rusqlite::Result<()> {
        if !self.connection.is_autocommit() {
            self.sql.rollback.execute([])?;
        }
        Ok(())
    }

    fn attempt(
        &mut self,
        jobs: &mut [Box<dyn Job>],
        parts: &[Part],
        moves: &[CursorMove],
    ) -> rusqlite::Result<()> {
        let mut tx = Transaction::begin(self.connection, &mut self.sql)?;
        for (job, part) in parts {
            jobs[*job].attempt(*part, &mut tx)?;
        }
        let (rows, left) = (tx.rows, tx.left);
        tx.commit(moves)?;
        self.tally.committed(rows);
        self.left += u64::from(left);
        Ok(())
    }
}

fn parts(jobs: &[Box<dyn Job>]) -> Vec<Part> {
    let numbered = jobs.iter().enumerate();
    numbered
        .flat_map(|(number, job)| (0..job.parts()).map(move |part| (number, part)))
        .collect()
}
