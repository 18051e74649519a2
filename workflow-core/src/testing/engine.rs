//! An engine for tests of workflows: in memory, on a clock that tests move.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use workflow_tracker::Timestamp;

use super::TestRun;
use super::process::Process;
use super::world::{Setup, World};
use crate::engine::{Engine, EngineBuilder};
use crate::error::StartError;
use crate::retry::IntoDuration;
use crate::scope::{Call, IntoCall};
use crate::store::Fuse;
use crate::time::Clock as _;

/// How long a step may execute, in machine time, before time passes for it.
const HANGS_AFTER: Duration = Duration::from_secs(1);

/// An engine for tests of workflows.
///
/// Runs and events are kept in memory. Workflow time begins with the year 2026 and stands still
/// until a test moves it: [`advance`](Self::advance) moves it by so much, and whoever waits for
/// a result ([`TestRun::result`]) lets it jump from one instant at which something is due to the
/// next, so that a workflow of a month ends in milliseconds. Ids and jitter come from a seed.
///
/// ```
/// use workflow_core::prelude::*;
/// use workflow_core::testing::TestEngine;
///
/// #[workflow]
/// async fn subscription(plan: String, #[resource] shop: &FakeShop) -> Result<u32> {
///     step!("welcome", shop.mail(&plan)).await?;
///     sleep!("trial", "30 days").await;
///     Ok(step!("charge", shop.charge(&plan)).await?)
/// }
///
/// struct FakeShop;
///
/// impl FakeShop {
///     async fn mail(&self, _plan: &str) -> Result<()> { Ok(()) }
///     async fn charge(&self, _plan: &str) -> Result<u32> { Ok(990) }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let engine = TestEngine::with(|builder| builder.resource(FakeShop));
/// let run = engine.start(subscription, "sub-1", "basic".into()).await;
///
/// run.until_waiting().await;
/// engine.advance("29 days").await;
/// assert_eq!(run.story().await.completed_steps(), ["welcome"]);
///
/// assert_eq!(run.result().await, Ok(990));
/// run.story().await.assert_is("
///     1 workflow.started
///     2 step.started welcome#1
///     3 step.completed welcome#1
///     4 sleep.started trial duration=30d resumeAt=+30d
///     5 workflow.paused reason=sleep resumeAt=+30d
///     6 workflow.resumed cause=sleep
///     7 sleep.completed trial duration=30d
///     8 step.started charge#1
///     9 step.completed charge#1
///    10 workflow.completed completedSteps=[welcome, charge] duration=30d
/// ");
/// # }
/// ```
pub struct TestEngine {
    pub(super) setup: Setup,
    shared: Arc<Shared>,
}

/// What an engine and the handles of its runs share.
pub(super) struct Shared {
    /// Made when the first run is started.
    live: Mutex<Option<Live>>,
}

struct Live {
    world: World,
    process: Process,
}

impl TestEngine {
    /// An engine whose workflows borrow nothing.
    #[expect(
        clippy::new_without_default,
        reason = "a default engine would say nothing about what it is for"
    )]
    pub fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// An engine for which `recipe` gives resources, more workflows, and options to a builder.
    ///
    /// The recipe is called anew for every world that a test needs: once for the runs that are
    /// started here, and once for each crash of [`crash_everywhere`](Self::crash_everywhere). A
    /// store and a clock that it names are not used.
    pub fn with(recipe: impl Fn(EngineBuilder) -> EngineBuilder + Send + Sync + 'static) -> Self {
        Self {
            setup: Setup {
                recipe: Arc::new(recipe),
                observers: Vec::new(),
                signals: Vec::new(),
                seed: 1,
                hangs_after: HANGS_AFTER,
            },
            shared: Arc::new(Shared {
                live: Mutex::new(None),
            }),
        }
    }

    /// The seed of ids and jitter. The default is 1.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.setup.seed = seed;
        self
    }

    /// A step that executes for so long, in machine time, without coming to anything counts as
    /// hanging: time passes then, until its time limit. The default is a second.
    #[must_use]
    pub fn hangs_after(mut self, hangs_after: impl IntoDuration) -> Self {
        self.setup.hangs_after = hangs_after.into_duration();
        self
    }

    /// Starts a run. The workflow of the first run need not be named by the recipe.
    ///
    /// # Panics
    ///
    /// Where the engine, or the run, cannot be started.
    pub async fn start<F, M>(
        &self,
        workflow: F,
        id: impl Into<String>,
        input: F::In,
    ) -> TestRun<F::Value>
    where
        F: IntoCall<M, Value: Send + 'static>,
    {
        match self.try_start(workflow, id, input).await {
            Ok(run) => run,
            Err(error) => panic!("the run does not start: {error}"),
        }
    }

    /// Starts a run, or says why not.
    ///
    /// # Panics
    ///
    /// Where the engine cannot be started.
    pub async fn try_start<F, M>(
        &self,
        workflow: F,
        id: impl Into<String>,
        input: F::In,
    ) -> Result<TestRun<F::Value>, StartError>
    where
        F: IntoCall<M, Value: Send + 'static>,
    {
        self.begin::<F, M>().await;
        let engine = self.engine().await;
        let run = engine.start(workflow, id, input).await?;
        Ok(TestRun::new(Arc::clone(&self.shared), run.id()))
    }

    /// Makes the engine, if there is none yet.
    async fn begin<F: IntoCall<M>, M>(&self) {
        let mut live = self.shared.live.lock().await;
        if live.is_none() {
            let world = World::new(&self.setup).with_workflow::<<F::Call as Call>::Workflow>();
            let process = world.process(Fuse::default()).await;
            *live = Some(Live { world, process });
        }
    }

    /// The engine itself, for whatever it can do.
    ///
    /// # Panics
    ///
    /// Before a run was started.
    pub async fn engine(&self) -> Engine {
        self.shared.process().await.engine
    }

    /// Workflow time now; its beginning before a run was started.
    pub async fn now(&self) -> Timestamp {
        match &*self.shared.live.lock().await {
            Some(live) => live.world.clock.now(),
            None => World::new(&self.setup).began,
        }
    }

    /// Moves time forward. What is due on the way happens at its instant, one after the other.
    ///
    /// # Panics
    ///
    /// Before a run was started.
    pub async fn advance(&self, by: impl IntoDuration) {
        self.shared
            .process()
            .await
            .advance(by.into_duration())
            .await;
    }

    /// Stops the engine with care, as a deploy does, and starts another one over what it left.
    ///
    /// # Panics
    ///
    /// Before a run was started.
    pub async fn restart(&self) {
        let mut live = self.shared.live.lock().await;
        let live = live.as_mut().expect(NOT_STARTED);
        live.process.clone().stop().await;
        live.process = live.world.process(Fuse::default()).await;
    }

    /// As [`crash`](Self::crash), but the next engine starts so much later.
    ///
    /// # Panics
    ///
    /// Before a run was started.
    pub async fn crash_for(&self, down: impl IntoDuration) {
        let mut live = self.shared.live.lock().await;
        let live = live.as_mut().expect(NOT_STARTED);
        live.process.clone().kill();
        live.world.clock.advance(down.into_duration());
        live.process = live.world.process(Fuse::default()).await;
    }

    /// Kills the engine, as if its process had died, and starts another one over what was
    /// committed.
    ///
    /// # Panics
    ///
    /// Before a run was started.
    pub async fn crash(&self) {
        let mut live = self.shared.live.lock().await;
        let live = live.as_mut().expect(NOT_STARTED);
        live.process.clone().kill();
        live.process = live.world.process(Fuse::default()).await;
    }
}

const NOT_STARTED: &str = "the engine is made when the first run is started";

impl Shared {
    /// The engine that lives now.
    pub(super) async fn process(&self) -> Process {
        let live = self.live.lock().await;
        live.as_ref().expect(NOT_STARTED).process.clone()
    }

    /// When the test began, in workflow time.
    pub(super) async fn began(&self) -> Timestamp {
        let live = self.live.lock().await;
        live.as_ref().expect(NOT_STARTED).world.began
    }
}

impl fmt::Debug for TestEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestEngine")
            .field("setup", &self.setup)
            .finish_non_exhaustive()
    }
}
