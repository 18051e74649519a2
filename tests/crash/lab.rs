//! What an experiment is made of: a folder, an endpoint, and engines in this process or in others.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use workflow_core::store::{SqliteStore, Store};
use workflow_core::tracker::Pace;
use workflow_core::{Engine, EngineBuilder, HttpTracker, RunError, RunHandle};
use workflow_tests::endpoint::Endpoint;
use workflow_tests::oracle::{Ledger, PROCESS, Traces, Verdict};

use crate::child::Role;
use crate::process::Process;
use crate::world::{World, errand, journey, nap, poison, stubborn, stuck};

/// Long enough for everything that must happen.
pub(crate) const LONG: Duration = workflow_tests::endpoint::PATIENCE;

const FOLDER: &str = "WORKFLOW_CHILD_FOLDER";
const URL: &str = "WORKFLOW_CHILD_URL";

/// Where an experiment takes place, as every process of it knows it.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) folder: PathBuf,
    pub(crate) url: String,
}

impl Site {
    /// The site that the parent told this process.
    pub(crate) fn from_env() -> Self {
        let told = |name| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
        Self {
            folder: told(FOLDER).into(),
            url: told(URL),
        }
    }

    pub(crate) fn as_env(&self) -> [(&'static str, PathBuf); 2] {
        [
            (FOLDER, self.folder.clone()),
            (URL, self.url.clone().into()),
        ]
    }

    pub(crate) fn traces(&self) -> Traces {
        Traces::new(&self.folder)
    }

    pub(crate) fn world(&self) -> World {
        World::new(Ledger::new(self.traces().ledger))
    }

    /// A world, and what is executed in it.
    pub(crate) fn watched_world(&self) -> (World, Executions) {
        let (sender, executions) = channel();
        let world = self.world().telling(move |step| {
            // Nobody may be listening any more.
            let _ = sender.send(step.to_owned());
        });
        (world, Executions(executions))
    }

    /// A tracker that sends little at once, and soon repeats what failed.
    pub(crate) fn tracker(&self) -> HttpTracker {
        let (base, cap) = (Duration::from_millis(50), Duration::from_millis(500));
        let pace = Pace::default().batch_events_max(10).retries(base, cap);
        let tracker = HttpTracker::new(&self.url).expect("the url of a local endpoint");
        let process = std::process::id().to_string();
        let tracker = tracker.header(PROCESS, &process).expect("a header");
        tracker.pace(pace)
    }

    pub(crate) fn builder(&self, world: World) -> EngineBuilder {
        self.builder_with(world, self.tracker())
    }

    pub(crate) fn builder_with(&self, world: World, tracker: HttpTracker) -> EngineBuilder {
        let store = SqliteStore::open(self.traces().database).expect("the database opens");
        builder_on(Arc::new(store), world, tracker)
    }

    /// An engine in this process.
    pub(crate) async fn engine(&self) -> Engine {
        let engine = self.builder(self.world()).start().await;
        engine.expect("an engine starts")
    }
}

/// What serves the world's workflows from a store.
pub(crate) fn builder_on(
    store: Arc<dyn Store>,
    world: World,
    tracker: HttpTracker,
) -> EngineBuilder {
    Engine::builder()
        .store_arc(store)
        .tracker(tracker)
        .resource(world)
        .workflow(journey)
        .workflow(errand)
        .workflow(nap)
        .workflow(stuck)
        .workflow(stubborn)
        .workflow(poison)
}

/// One experiment: its files, which are gone when it is dropped unless it failed, and its
/// endpoint.
pub(crate) struct Lab {
    folder: TempDir,
    pub(crate) endpoint: Endpoint,
    pub(crate) site: Site,
    pub(crate) traces: Traces,
}

impl Lab {
    /// With an endpoint that acknowledges everything.
    pub(crate) fn new() -> Self {
        Self::with(Endpoint::start())
    }

    pub(crate) fn with(endpoint: Endpoint) -> Self {
        let folder = TempDir::with_prefix("workflow-crash-").expect("a temporary folder");
        let site = Site {
            folder: Path::to_owned(folder.path()),
            url: endpoint.url(),
        };
        Self {
            traces: site.traces(),
            folder,
            endpoint,
            site,
        }
    }

    pub(crate) fn start(&self, role: Role) -> Process {
        Process::start(role, &self.site)
    }

    /// What the experiment came to, once it is over.
    pub(crate) fn check(&self) -> Verdict {
        self.traces.check(&self.endpoint.seen())
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.folder.disable_cleanup(true);
            println!("the files are kept in {}", self.folder.path().display());
        }
    }
}

/// What a run came to.
pub(crate) async fn end_of(run: &RunHandle<u64>) -> Result<u64, RunError> {
    let end = tokio::time::timeout(LONG, run.result()).await;
    end.unwrap_or_else(|_| panic!("waited {LONG:?} for the end of run {}", run.id()))
}

/// The executions of a world's steps, as they begin.
pub(crate) struct Executions(Receiver<String>);

impl Executions {
    /// Waits until this step of any run is executed.
    pub(crate) fn wait_for(&self, step: &str) {
        let deadline = Instant::now() + LONG;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let executed = self.0.recv_timeout(left);
            let executed = executed.unwrap_or_else(|_| panic!("`{step}` is not executed"));
            if executed.ends_with(&format!("/{step}")) {
                return;
            }
        }
    }
}

/// Looks again and again until there is something.
///
/// The pause between two looks decides nothing but how soon the test goes on.
pub(crate) async fn eventually<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let deadline = Instant::now() + LONG;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {LONG:?} for {what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
