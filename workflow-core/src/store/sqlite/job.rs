//! What is given to the writing thread, and how the answer gets back.

use tokio::sync::oneshot;
use workflow_tracker::BoxFuture;

use super::error::Origin;
use super::transaction::Transaction;
use crate::store::{CommitResult, Refused, RunCommit, StoreError};

/// Something to write: in one transaction with others or, after an error, part by part.
pub(super) trait Job: Send {
    /// How many parts it has, each of which can fail alone.
    fn parts(&self) -> usize {
        1
    }

    /// Roughly how many bytes it writes.
    fn bytes(&self) -> usize {
        0
    }

    /// Whether cursor moves that wait are written with it, however short they have waited.
    fn takes_moves(&self) -> bool {
        true
    }

    /// Does one part and keeps its result; it is called again if the transaction was rolled back.
    fn attempt(&mut self, part: usize, tx: &mut Transaction<'_, '_>) -> rusqlite::Result<()>;

    /// The part failed for good.
    fn fail(&mut self, part: usize, error: &StoreError);

    /// Tells the caller, after the transaction.
    fn finish(self: Box<Self>);
}

/// An answer that is on its way from one of the store's threads.
pub(super) fn answer<T: Send + 'static, E: From<StoreError> + Send + 'static>(
    reply: oneshot::Receiver<Result<T, StoreError>>,
    closed: impl FnOnce() -> StoreError + Send + 'static,
) -> BoxFuture<'static, Result<T, E>> {
    Box::pin(async move {
        match reply.await {
            Ok(result) => result.map_err(E::from),
            Err(_) => Err(closed().into()),
        }
    })
}

/// A job with one answer.
pub(super) struct Ask<T, F> {
    act: F,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Ask<T, F> {
    pub(super) fn new(act: F) -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (reply, answer) = oneshot::channel();
        let ask = Self {
            act,
            result: None,
            reply,
        };
        (ask, answer)
    }
}

impl<T, F> Job for Ask<T, F>
where
    T: Send,
    F: FnMut(&mut Transaction<'_, '_>) -> rusqlite::Result<T> + Send,
{
    fn attempt(&mut self, _: usize, tx: &mut Transaction<'_, '_>) -> rusqlite::Result<()> {
        self.result = Some(Ok((self.act)(tx)?));
        Ok(())
    }

    fn fail(&mut self, _: usize, error: &StoreError) {
        self.result = Some(Err(error.clone()));
    }

    fn finish(self: Box<Self>) {
        let result = self
            .result
            .expect("a job is attempted before it is finished");
        // Who no longer waits for the answer does not want it.
        let _ = self.reply.send(result);
    }
}

/// The commits that one caller gave together.
pub(super) struct Group {
    commits: Vec<RunCommit>,
    results: Vec<Option<Result<CommitResult, StoreError>>>,
    reply: oneshot::Sender<Result<Vec<CommitResult>, StoreError>>,
}

impl Group {
    pub(super) fn new(
        commits: Vec<RunCommit>,
    ) -> (
        Self,
        oneshot::Receiver<Result<Vec<CommitResult>, StoreError>>,
    ) {
        let (reply, answer) = oneshot::channel();
        let group = Self {
            results: commits.iter().map(|_| None).collect(),
            commits,
            reply,
        };
        (group, answer)
    }
}

impl Job for Group {
    fn parts(&self) -> usize {
        self.commits.len()
    }

    fn takes_moves(&self) -> bool {
        false
    }

    fn bytes(&self) -> usize {
        let rows = self.commits.iter().flat_map(|commit| commit.rows.iter());
        rows.map(|row| row.fields.len() + row.payload.as_ref().map_or(0, Vec::len))
            .sum()
    }

    fn attempt(&mut self, part: usize, tx: &mut Transaction<'_, '_>) -> rusqlite::Result<()> {
        self.results[part] = Some(Ok(tx.commit_run(&self.commits[part])?));
        Ok(())
    }

    fn fail(&mut self, part: usize, error: &StoreError) {
        self.results[part] = Some(Err(error.clone()));
    }

    fn finish(self: Box<Self>) {
        let results = self.results.into_iter();
        let results =
            results.map(|result| result.expect("a job is attempted before it is finished"));
        let _ = self.reply.send(together(results.collect()));
    }
}

/// An error for the whole group, if nothing of it happened; else one result for each commit.
fn together(
    results: Vec<Result<CommitResult, StoreError>>,
) -> Result<Vec<CommitResult>, StoreError> {
    if let Some(Err(first)) = results.first()
        && results.iter().all(Result::is_err)
    {
        return Err(first.clone());
    }
    let flatten = |result: Result<CommitResult, StoreError>| {
        result.unwrap_or_else(|error| Err(Refused::Failed(error)))
    };
    Ok(results.into_iter().map(flatten).collect())
}

/// What a job on its way to a closed store gets.
pub(super) fn closed(origin: &Origin, tried: &'static str) -> impl FnOnce() -> StoreError + use<> {
    let origin = origin.clone();
    move || origin.closed(tried)
}
