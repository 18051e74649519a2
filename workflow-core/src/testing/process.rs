//! An engine of a test, and how time passes for it: only while nothing else moves.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use workflow_tracker::Timestamp;

use super::TestClock;
use crate::engine::quiet::{Quiet, Rest};
use crate::engine::{Engine, Shutdown};
use crate::store::Fuse;
use crate::time::Clock as _;

/// So often everybody else gets a turn before an engine counts as quiet.
const TURNS: usize = 16;
/// How long an engine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);
const SPELL: Duration = Duration::from_millis(1);

/// One engine of a test, as if in a process of its own.
#[derive(Clone, Debug)]
pub(super) struct Process {
    pub(super) engine: Engine,
    pub(super) clock: TestClock,
    pub(super) fuse: Arc<Fuse>,
    pub(super) hangs_after: Duration,
}

/// Nothing happens any more, and time would not change that.
#[derive(Debug)]
pub(super) struct Stuck;

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "nothing happens any more, however much time passes: the run waits for something \
             that this test has to do",
        )
    }
}

impl Process {
    /// Lets everything happen that happens by itself, while time stands still. Says what is left.
    ///
    /// # Panics
    ///
    /// Where the engine does not come to rest within a minute.
    pub(super) async fn settle(&self) -> Rest {
        let since = Instant::now();
        let (mut turns, mut commits) = (0, self.fuse.commits());
        loop {
            tokio::task::yield_now().await;
            let quiet = self.engine.quiet().await.expect("a store in memory works");
            let moved = std::mem::replace(&mut commits, self.fuse.commits()) != commits;
            match quiet {
                Quiet::Still(rest) if turns >= TURNS && !moved => return rest,
                Quiet::Still(_) => turns = if moved { 0 } else { turns + 1 },
                Quiet::Busy => {
                    turns = 0;
                    assert!(
                        since.elapsed() < PATIENCE,
                        "the engine does not come to rest"
                    );
                    if since.elapsed() > SPELL {
                        tokio::time::sleep(SPELL).await;
                    }
                }
            }
        }
    }

    /// Moves time forward, stopping wherever something is due on the way.
    pub(super) async fn advance(&self, by: Duration) {
        let until = self.clock.now().plus(by);
        while let Some(next) = self.settle().await.next.filter(|next| *next < until) {
            self.go_to(next);
        }
        self.go_to(until);
        self.settle().await;
    }

    /// Waits for something, and lets time pass as it has to.
    pub(super) async fn while_time_passes<T>(
        &self,
        something: impl Future<Output = T>,
    ) -> Result<T, Stuck> {
        self.while_others_act(something, async || false).await
    }

    /// The same, but before time passes somebody else may do something; says whether it did.
    pub(super) async fn while_others_act<T>(
        &self,
        something: impl Future<Output = T>,
        others: impl AsyncFn() -> bool,
    ) -> Result<T, Stuck> {
        tokio::select! {
            biased;
            there = something => Ok(there),
            stuck = self.pass_time(others) => Err(stuck),
        }
    }

    /// Moves time to the next instant whenever nothing else moves, until there is none.
    async fn pass_time(&self, others: impl AsyncFn() -> bool) -> Stuck {
        loop {
            let rest = self.settle().await;
            if others().await {
                continue;
            }
            if rest.executes && self.moves_by_itself().await {
                continue;
            }
            match rest.next {
                Some(next) => self.go_to(next),
                // The code of a step may take its time.
                None if rest.executes => {}
                None => return Stuck,
            }
        }
    }

    /// Whether a step that executes comes to something within the time in which steps do.
    async fn moves_by_itself(&self) -> bool {
        let commits = self.fuse.commits();
        let moves = self.fuse.until_commits_after(commits);
        tokio::time::timeout(self.hangs_after, moves).await.is_ok()
    }

    fn go_to(&self, instant: Timestamp) {
        self.clock.set(instant.max(self.clock.now()));
    }

    /// The process dies: nothing that it did not commit is there.
    pub(super) fn kill(self) {
        self.fuse.blow();
    }

    /// Stops the engine with care.
    pub(super) async fn stop(self) -> Shutdown {
        self.engine.shutdown(Duration::from_secs(10)).await
    }
}
