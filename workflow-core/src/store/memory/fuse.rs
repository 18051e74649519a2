//! How a process dies in a test: at a chosen commit, while the memory it wrote to goes on.

use std::fmt;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::{Notify, Semaphore};
use workflow_tracker::BoxFuture;

use super::MemoryStore;
use super::state::State;

/// On which side of a commit a process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Nothing of the commit is there.
    Before,
    /// The commit is there, and nobody learns of it.
    After,
}

/// When a process dies. A dead one reads and writes nothing: its calls never return.
#[derive(Debug, Default)]
pub(crate) struct Fuse {
    /// The commit at which it blows, counted from 1.
    at: Option<(u64, Moment)>,
    commits: AtomicU64,
    blown: AtomicBool,
    changed: Notify,
}

impl Fuse {
    /// A fuse that blows at this commit.
    pub(crate) fn at(commit: u64, moment: Moment) -> Self {
        Self {
            at: Some((commit, moment)),
            ..Self::default()
        }
    }

    pub(crate) fn is_blown(&self) -> bool {
        self.blown.load(Ordering::Acquire)
    }

    /// Kills the process now.
    pub(crate) fn blow(&self) {
        self.blown.store(true, Ordering::Release);
        self.changed.notify_waiters();
    }

    /// How many commits were asked for.
    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Acquire)
    }

    /// Waits until the process is dead.
    pub(crate) async fn until_blown(&self) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.is_blown() {
                return;
            }
            changed.await;
        }
    }

    /// Ends when there was another commit than those.
    pub(crate) async fn until_commits_after(&self, commits: u64) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.commits() > commits {
                return;
            }
            changed.await;
        }
    }

    /// Counts a commit; on which side of it the process dies, if it does.
    fn count(&self) -> Option<Moment> {
        let commit = self.commits.fetch_add(1, Ordering::AcqRel) + 1;
        let (_, moment) = self.at.filter(|(at, _)| *at == commit)?;
        Some(moment)
    }
}

impl MemoryStore {
    /// The same memory, as another process sees it: one that finds the lease free, and dies when
    /// the fuse blows.
    pub(crate) fn process(&self, fuse: Arc<Fuse>) -> Self {
        Self {
            state: Arc::clone(&self.state),
            lease: Arc::new(Semaphore::new(1)),
            leaving: Arc::default(),
            fuse,
        }
    }

    /// A commit, unless the process dies at it.
    pub(super) fn fused<T, E>(
        &self,
        write: impl FnOnce(&mut State) -> T,
    ) -> BoxFuture<'_, Result<T, E>>
    where
        T: Send + 'static,
        E: Send + 'static + fmt::Debug,
    {
        if self.fuse.is_blown() {
            return Box::pin(pending());
        }
        let dies = self.fuse.count();
        if dies == Some(Moment::Before) {
            self.fuse.blow();
            return Box::pin(pending());
        }
        let answer = self.answer(write);
        self.fuse.changed.notify_waiters();
        if dies == Some(Moment::After) {
            self.fuse.blow();
            return Box::pin(pending());
        }
        answer
    }
}
