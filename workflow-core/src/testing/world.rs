//! What a test's processes share: a memory, a clock, and what stands for the world outside.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use workflow_tracker::Timestamp;

use super::TestClock;
use super::post::{Letter, Post};
use super::process::Process;
use crate::engine::{Engine, EngineBuilder};
use crate::resources::Resources;
use crate::scope::Workflow;
use crate::store::{Fuse, MemoryStore};
use crate::time::Clock as _;

/// How the engines of a test are made.
#[derive(Clone)]
pub(super) struct Setup {
    pub(super) recipe: Arc<dyn Fn(EngineBuilder) -> EngineBuilder + Send + Sync>,
    pub(super) observers: Vec<Observer>,
    pub(super) signals: Vec<Letter>,
    pub(super) seed: u64,
    pub(super) hangs_after: Duration,
}

/// Looks at the world outside, after a run.
pub(super) type Observer = Arc<dyn Fn(&Resources) -> String + Send + Sync>;

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup")
            .field("observers", &self.observers.len())
            .field("signals", &self.signals)
            .field("seed", &self.seed)
            .field("hangs_after", &self.hangs_after)
            .finish_non_exhaustive()
    }
}

/// A memory and a clock that outlive processes, and resources that stand for the world outside.
pub(super) struct World {
    setup: Setup,
    template: EngineBuilder,
    memory: MemoryStore,
    pub(super) clock: TestClock,
    pub(super) began: Timestamp,
    pub(super) post: Post,
    processes: AtomicU64,
}

impl World {
    /// A new world: the recipe is called for it once.
    pub(super) fn new(setup: &Setup) -> Self {
        let clock = TestClock::manual();
        Self {
            template: (setup.recipe)(Engine::builder()),
            post: Post::new(setup.signals.clone()),
            setup: setup.clone(),
            memory: MemoryStore::new(),
            began: clock.now(),
            clock,
            processes: AtomicU64::new(0),
        }
    }

    /// The same, with a workflow that the recipe may have named already.
    pub(super) fn with_workflow<W: Workflow>(mut self) -> Self {
        self.template = self.template.with_workflow::<W>();
        self
    }

    /// Starts a process, which dies when the fuse blows.
    ///
    /// # Panics
    ///
    /// Where the engine does not start: the recipe lacks something.
    pub(super) async fn process(&self, fuse: Fuse) -> Process {
        let fuse = Arc::new(fuse);
        // Each process makes other ids, as real ones do.
        let number = self.processes.fetch_add(1, Ordering::Relaxed);
        let builder = self.template.clone();
        let builder = builder
            .store(self.memory.process(Arc::clone(&fuse)))
            .clock(Arc::new(self.clock.clone()))
            .seed(self.setup.seed.wrapping_add(number));
        let engine = match builder.start().await {
            Ok(engine) => engine,
            Err(error) => panic!("the engine of this test does not start: {error}"),
        };
        Process {
            engine,
            clock: self.clock.clone(),
            fuse,
            hangs_after: self.setup.hangs_after,
        }
    }

    /// What the observers see now.
    pub(super) fn observed(&self) -> Vec<String> {
        let resources = self.template.resources();
        let look = |observer: &Observer| observer(resources);
        self.setup.observers.iter().map(look).collect()
    }

    pub(super) fn resources(&self) -> &Resources {
        self.template.resources()
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}
