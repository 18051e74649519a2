//! How an engine is put together.
#![expect(
    clippy::inline_always,
    reason = "what is generic over a step or a workflow is compiled with the user's own module"
)]

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use workflow_tracker::{OpenCursor, Redaction, Relay, RelayOptions, Tracker};

use super::core::{Core, Options, Parts};
use super::registry::{Definition, Registry, define};
use super::retention::Retention;
use super::{Engine, scheduler};
use crate::resources::Resources;
use crate::retry::IntoDuration;
use crate::scope::panics::note_places;
use crate::scope::{Call, IntoCall};
use crate::store::{Store, StoreError};
use crate::time::{Clock, SystemClock, SystemTicker, Ticker};

/// Waits shorter than this keep their future in memory.
const PARK_FROM: Duration = Duration::from_secs(60);
const RECOVERIES_MAX: u32 = 10;
const IN_MEMORY_MAX: usize = 10_000;
const NO_SLOT: &str = "with no slot no run would ever execute; give at least 1";

/// Puts an engine together: a store, the workflows, what they borrow, and the trackers.
///
/// A clone makes an engine that shares all of them.
#[derive(Clone)]
#[must_use = "an engine is made when it is started"]
pub struct EngineBuilder {
    store: Option<Arc<dyn Store>>,
    clock: Arc<dyn Clock>,
    ticker: Arc<dyn Ticker>,
    registry: Registry,
    resources: Resources,
    trackers: Vec<Arc<dyn Tracker>>,
    redaction: Redaction,
    options: Options,
    seed: Option<u64>,
    twice: Vec<&'static str>,
}

/// Why an engine did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum EngineError {
    /// The builder was given no store.
    NoStore,
    /// Two workflows have the same name and version.
    WorkflowTwice {
        /// The names.
        names: Vec<&'static str>,
    },
    /// Workflows borrow what the builder was not given.
    MissingResources {
        /// The types, with the workflows that need them.
        missing: Vec<String>,
    },
    /// The store could not be used.
    Store(StoreError),
    /// The relay could not be started.
    Relay(workflow_tracker::StartError),
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoStore => f.write_str(
                "the engine has no store; give its builder one: \
                 `.store(SqliteStore::open(\"runs.db\")?)`",
            ),
            Self::WorkflowTwice { names } => write!(
                f,
                "two workflows are named `{}`; rename one with `#[workflow(name = \"…\")]`, or \
                 tell them apart with `version = …`",
                names.join("`, `")
            ),
            Self::MissingResources { missing } => write!(
                f,
                "the engine has no resource of type {}; give its builder each of them with \
                 `.resource(…)`, or `.resource_arc(…)` for a trait object",
                missing.join(", ")
            ),
            Self::Store(error) => write!(f, "the engine cannot use its store: {error}"),
            Self::Relay(error) => write!(f, "the engine cannot deliver events: {error}"),
        }
    }
}

impl std::error::Error for EngineError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            Self::Relay(error) => Some(error),
            Self::NoStore | Self::WorkflowTwice { .. } | Self::MissingResources { .. } => None,
        }
    }
}

impl Default for EngineBuilder {
    fn default() -> Self {
        Self {
            store: None,
            clock: Arc::new(SystemClock),
            ticker: Arc::new(SystemTicker),
            registry: Registry::default(),
            resources: Resources::default(),
            trackers: Vec::new(),
            redaction: Redaction::default(),
            options: Options {
                park_from: PARK_FROM,
                recoveries_max: RECOVERIES_MAX,
                in_memory_max: IN_MEMORY_MAX,
                concurrent_max: usize::MAX,
                retention: Retention::default(),
            },
            seed: None,
            twice: Vec::new(),
        }
    }
}

impl EngineBuilder {
    /// Where runs and events are kept.
    pub fn store(mut self, store: impl Store) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// The same, with a store that others share.
    pub fn store_arc(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// Where events are delivered. May be called for several trackers, each with its own name.
    pub fn tracker(mut self, tracker: impl Tracker) -> Self {
        self.trackers.push(Arc::new(tracker));
        self
    }

    /// What events may show of values and errors: which names stand for secrets, and how large
    /// they may be.
    ///
    /// It is applied before anything is written to an event; the journal keeps values whole.
    ///
    /// ```
    /// use workflow_core::{Engine, Redaction};
    ///
    /// let builder = Engine::builder().redaction(Redaction::default().deny("iban"));
    /// # let _ = builder;
    /// ```
    pub fn redaction(mut self, redaction: Redaction) -> Self {
        self.redaction = redaction;
        self
    }

    /// What workflows borrow as `#[resource] name: &T`; one value per type.
    pub fn resource<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.resources.insert(Arc::new(value));
        self
    }

    /// The same for a value that is shared, or a trait object: `Arc<dyn Shop>`.
    pub fn resource_arc<T: ?Sized + Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        self.resources.insert(value);
        self
    }

    /// A workflow that the engine serves.
    #[inline(always)]
    pub fn workflow<F, M>(mut self, workflow: F) -> Self
    where
        F: IntoCall<M>,
    {
        // The function itself is its name for the types; it need not be called.
        drop(workflow);
        self.add(define::<<F::Call as Call>::Workflow>(), None);
        self
    }

    /// The same, with a limit of its own: at most so many runs of this workflow (of this version,
    /// where it has versions) execute at once in this engine.
    ///
    /// See [`max_concurrent`](Self::max_concurrent) for what executing means, and for the order
    /// in which those over the limit follow. They hold up no other workflow.
    ///
    /// # Panics
    ///
    /// Where the limit is 0: no run would ever go on.
    pub fn workflow_limited<F, M>(mut self, workflow: F, runs_max: usize) -> Self
    where
        F: IntoCall<M>,
    {
        assert!(runs_max > 0, "{NO_SLOT}");
        drop(workflow);
        self.add(define::<<F::Call as Call>::Workflow>(), Some(runs_max));
        self
    }

    fn add(&mut self, definition: Arc<dyn Definition>, runs_max: Option<usize>) {
        let name = definition.spec().name;
        if !self.registry.add(definition, runs_max) {
            self.twice.push(name);
        }
    }

    /// Adds a workflow that may have been added already.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn with_workflow<W: crate::scope::Workflow>(mut self) -> Self {
        if self.registry.get(W::SPEC.name, W::SPEC.version).is_none() {
            self.add(define::<W>(), None);
        }
        self
    }

    #[cfg(any(test, feature = "testing"))]
    pub(crate) const fn resources(&self) -> &Resources {
        &self.resources
    }

    /// Workflow time. The default is the machine's wall clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Machine time, for the engine's own pauses. The default is the machine's monotonic clock.
    pub fn ticker(mut self, ticker: Arc<dyn Ticker>) -> Self {
        self.ticker = ticker;
        self
    }

    /// Makes ids and jitter the same in every process with this seed; for tests.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Waits from this length on leave memory. The default is a minute.
    pub fn park_from(mut self, wait: impl IntoDuration) -> Self {
        self.options.park_from = wait.into_duration();
        self
    }

    /// How often a run whose process died is claimed again without recording a result, before it
    /// is given up. The default is 10.
    pub const fn max_recoveries(mut self, recoveries_max: u32) -> Self {
        self.options.recoveries_max = recoveries_max;
        self
    }

    /// How many runs execute in memory at once, so that it is bounded whatever comes: more wait in
    /// the store, as over [`max_concurrent`](Self::max_concurrent). Beside them, runs are kept
    /// while they wait for less than [`park_from`](Self::park_from), as long as all together are
    /// no more than half of this. The default is 10,000.
    ///
    /// # Panics
    ///
    /// Where it is 0: no run would ever go on.
    pub const fn in_memory_max(mut self, in_memory_max: usize) -> Self {
        assert!(
            in_memory_max > 0,
            "an engine holds at least one run in memory"
        );
        self.options.in_memory_max = in_memory_max;
        self
    }

    /// How many runs execute at once in this engine. The default, and the most, is what
    /// [`in_memory_max`](Self::in_memory_max) says.
    ///
    /// A run executes from the moment it is started or claimed until it ends, is blocked, or
    /// waits: while it sleeps, or waits for a retry, it takes nobody's place. Shorter waits than
    /// 100 ms count as executing.
    ///
    /// A run over the limit begins with `workflow.queued`, and `start` returns its handle. As
    /// places become free, runs follow in the order in which they were due, those that wake
    /// together with those that begin: nobody overtakes. After a crash, interrupted runs go on
    /// before others begin. The queue is in the store, so it survives the process.
    ///
    /// # Panics
    ///
    /// Where the limit is 0: no run would ever go on.
    pub const fn max_concurrent(mut self, runs_max: usize) -> Self {
        assert!(runs_max > 0, "{}", NO_SLOT);
        self.options.concurrent_max = runs_max;
        self
    }

    /// How long finished runs are kept, with their logs. The default is 30 days after their last
    /// event was delivered, or after their end where there is no tracker.
    pub const fn retention(mut self, retention: Retention) -> Self {
        self.options.retention = retention;
        self
    }

    /// Starts the engine on the current tokio runtime.
    ///
    /// When it returns, the trackers' cursors are open, and the runs that a crash or a shutdown
    /// left behind are being claimed. Where another engine executes the runs of the store, this
    /// one stands by: it can start, cancel and look, and takes over when the other one stops. One
    /// that is just being dropped or whose process is ending is waited for.
    ///
    /// The first engine of a process installs a panic hook, so that a panic of a step or of a
    /// workflow is reported with its place in the code. It calls the hook that was there before.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub async fn start(self) -> Result<Engine, EngineError> {
        note_places();
        let missing = self.registry.missing(&self.resources);
        if !self.twice.is_empty() {
            return Err(EngineError::WorkflowTwice { names: self.twice });
        }
        if !missing.is_empty() {
            return Err(EngineError::MissingResources { missing });
        }
        let core = Arc::new(Core::new(Parts {
            store: self.store.ok_or(EngineError::NoStore)?,
            clock: self.clock,
            ticker: self.ticker,
            registry: self.registry,
            resources: self.resources,
            trackers: self.trackers,
            redaction: self.redaction,
            options: self.options,
            seed: self.seed,
        }));
        core.keep_manifests().await;
        let lease = core.lease_at_start().await.map_err(EngineError::Store)?;
        let leased = lease.is_some();
        match lease {
            Some(lease) => core.lead(lease).await?,
            None => core.open_cursors().await?,
        }
        tokio::spawn(scheduler::schedule(Arc::clone(&core), leased));
        Ok(Engine::new(core))
    }
}

impl fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineBuilder")
            .field("trackers", &self.trackers)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Core {
    /// Makes the trackers known to the store: what an engine commits while it stands by, before
    /// anybody delivers, is owed to them too.
    async fn open_cursors(&self) -> Result<(), EngineError> {
        for tracker in &self.trackers {
            let open = OpenCursor::new(tracker.name(), tracker.start_at());
            let opened = self.store.open_cursor(open).await;
            opened.map_err(|source| {
                EngineError::Relay(workflow_tracker::StartError::Log {
                    tracker: tracker.name().to_owned(),
                    source,
                })
            })?;
        }
        Ok(())
    }

    /// Starts the relay, if there is a tracker.
    pub(super) async fn start_relay(&self) -> Result<Option<Relay>, EngineError> {
        self.report_detached().await;
        if self.trackers.is_empty() {
            return Ok(None);
        }
        let mut options = RelayOptions::default();
        if let Some(seed) = self.seed {
            options = options.seed(seed);
        }
        let log = Arc::clone(&self.store);
        let relay = Relay::start(log, self.trackers.clone(), options).await;
        relay.map(Some).map_err(EngineError::Relay)
    }
}
