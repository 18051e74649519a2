//! The contract of every store, kept by handing each question to the thread that answers it.

use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::oneshot;
use workflow_tracker::{BoxFuture, Timestamp};

use super::SqliteStore;
use super::convert::millis;
use super::job::{Ask, Group, answer, closed};
use super::lease::Held;
use super::sql::Reads;
use super::transaction::Transaction;
use super::writer::Message;
use crate::store::{
    Census, Claim, Claimable, CommitResult, Definition, Due, Extent, Lease, NewRequest, Notice,
    Purge, PurgedPart, ReadExtent, ReadRows, Request, RequestReply, Row, RunCommit, RunKey, RunNo,
    RunQuery, RunRecord, Store, StoreError, StoreErrorKind,
};

impl SqliteStore {
    /// Writes something; `tried` says in messages what for.
    pub(super) fn write<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        &self,
        tried: &'static str,
        act: impl FnMut(&mut Transaction<'_, '_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, E>> {
        let (ask, reply) = Ask::new(act);
        self.writer.send(Message::Write(Box::new(ask)));
        answer(reply, closed(&self.origin, tried))
    }

    /// The lease that goes with the lock.
    async fn grant(&self, held: Held) -> Result<Lease, StoreError> {
        let now = Timestamp::from(SystemTime::now());
        let pid = std::process::id();
        let epoch = self.write("register the engine", move |tx| tx.next_epoch(pid, now));
        let epoch: Result<u64, StoreError> = epoch.await;
        let epoch = epoch?;
        // The words are for people; the lock counts.
        let _ = held.sign(epoch, now);
        let resignation = held.resignation();
        let last = self.writer.let_go_last(held);
        Ok(Lease::new(epoch, Box::new(last)).resigning(move || resignation.hand_in()))
    }

    fn lock_error(&self, error: &std::io::Error) -> StoreError {
        let tried = "lock the store for this engine";
        let found = format_args!("{}: {error}", self.lock.path().display());
        let advice = "check the rights to its folder, and that its file system has locks";
        self.origin.failed(StoreErrorKind::Io, tried, found, advice)
    }
}

impl Store for SqliteStore {
    fn describe(&self) -> String {
        format!("SQLite file {}", self.path.display())
    }

    fn lease(&self) -> BoxFuture<'_, Result<Lease, StoreError>> {
        let lock = self.lock.wait();
        Box::pin(async move {
            let lock = lock.map_err(|error| self.lock_error(&error))?;
            match lock.await {
                Ok(Ok(held)) => self.grant(held).await,
                Ok(Err(error)) => Err(self.lock_error(&error)),
                Err(_) => Err(self.origin.closed("lock the store for this engine")),
            }
        })
    }

    fn try_lease(&self) -> BoxFuture<'_, Result<Option<Lease>, StoreError>> {
        Box::pin(async move {
            let mut lock = self.lock.try_lock();
            if let Ok(None) = lock {
                // A lease of this store that was dropped lets go behind what is being written.
                let written: Result<(), StoreError> = self.write("wait", |_| Ok(())).await;
                lock = written.map_or(Ok(None), |()| self.lock.try_lock());
            }
            match lock.map_err(|error| self.lock_error(&error))? {
                Some(held) => self.grant(held).await.map(Some),
                None => Ok(None),
            }
        })
    }

    fn holder(&self) -> BoxFuture<'_, Result<Option<String>, StoreError>> {
        let lock = Arc::clone(&self.lock);
        let read = move |_: &mut Reads<'_>| Ok(lock.holder());
        self.engine_reads.ask("find the executing engine", read)
    }

    fn commit(
        &self,
        group: Vec<RunCommit>,
    ) -> BoxFuture<'_, Result<Vec<CommitResult>, StoreError>> {
        let (group, reply) = Group::new(group);
        self.writer.send(Message::Write(Box::new(group)));
        answer(reply, closed(&self.origin, "commit"))
    }

    fn release(&self, claim: Claim) {
        // Nobody waits for it: if it fails, the run is claimable once this engine has ended.
        let (ask, _) = Ask::new(move |tx: &mut Transaction<'_, '_>| tx.release(claim));
        self.writer.send(Message::Write(Box::new(ask)));
    }

    fn request(&self, request: NewRequest) -> BoxFuture<'_, Result<RequestReply, StoreError>> {
        self.write("record a request", move |tx| tx.request(&request))
    }

    fn requests(&self, after: u64) -> BoxFuture<'_, Result<Vec<Notice>, StoreError>> {
        let read = move |sql: &mut Reads<'_>| sql.requests(after);
        self.engine_reads.ask("read the inbox", read)
    }

    fn inbox(&self, run: RunNo) -> BoxFuture<'_, Result<Vec<Request>, StoreError>> {
        let read = move |sql: &mut Reads<'_>| sql.inbox(run);
        self.engine_reads.ask("read the inbox", read)
    }

    fn run(&self, key: RunKey) -> BoxFuture<'_, Result<Option<RunRecord>, StoreError>> {
        let read = move |sql: &mut Reads<'_>| sql.run(&key);
        self.engine_reads.ask("read a run", read)
    }

    fn runs(&self, query: RunQuery) -> BoxFuture<'_, Result<Vec<RunRecord>, StoreError>> {
        let read = move |sql: &mut Reads<'_>| sql.list(&query);
        self.engine_reads.ask("list runs", read)
    }

    fn rows(&self, read: ReadRows) -> BoxFuture<'_, Result<Vec<Row>, StoreError>> {
        let read = move |sql: &mut Reads<'_>| sql.rows(read);
        self.engine_reads.ask("read a run's log", read)
    }

    fn last_row(&self, run: RunNo) -> BoxFuture<'_, Result<Option<Row>, StoreError>> {
        let read = move |sql: &mut Reads<'_>| sql.last_row(run);
        self.engine_reads.ask("read a run's log", read)
    }

    fn extent(&self, read: ReadExtent) -> BoxFuture<'_, Result<Option<Extent>, StoreError>> {
        let read = move |sql: &mut Reads<'_>| sql.extent(read);
        self.engine_reads.ask("find where a run's log ends", read)
    }

    fn claimable(&self, claimable: Claimable) -> BoxFuture<'_, Result<Due, StoreError>> {
        let read = move |sql: &mut Reads<'_>| sql.claimable(&claimable);
        self.engine_reads.ask("look for runs that are due", read)
    }

    fn unblock(&self, run: RunNo, at: Timestamp) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.write("release a run", move |tx| {
            let values = rusqlite::params![run.0, millis(at)];
            let unblocked = tx.sql.unblock.execute(values)? > 0;
            tx.left |= unblocked;
            Ok(unblocked)
        })
    }

    fn census(&self) -> BoxFuture<'_, Result<Census, StoreError>> {
        let read = |sql: &mut Reads<'_>| sql.census();
        self.engine_reads.ask("count runs", read)
    }

    fn set_aside(&self, run: RunNo) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.write("free a run's id", move |tx| {
            Ok(tx.sql.set_aside.execute([run.0])? > 0)
        })
    }

    fn define(&self, definitions: Vec<Definition>) -> BoxFuture<'_, Result<(), StoreError>> {
        self.write("keep the manifests", move |tx| tx.define(&definitions))
    }

    fn definition(
        &self,
        workflow: &str,
        fingerprint: u64,
    ) -> BoxFuture<'_, Result<Option<String>, StoreError>> {
        let workflow = workflow.to_owned();
        let read = move |sql: &mut Reads<'_>| sql.definition(&workflow, fingerprint);
        self.engine_reads.ask("find a manifest", read)
    }

    fn purge(&self, purge: Purge) -> BoxFuture<'_, Result<PurgedPart, StoreError>> {
        self.write("purge finished runs", move |tx| tx.purge(&purge))
    }

    fn changes(&self) -> BoxFuture<'_, Result<u64, StoreError>> {
        let (reply, receiver) = oneshot::channel();
        self.writer.send(Message::DataVersion(reply));
        answer(receiver, closed(&self.origin, "look for changes"))
    }
}
