//! A disk that is full for a while: user code sees nothing of it, and nothing is half-written.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use workflow_core::prelude::*;
use workflow_core::store::{SqliteStore, StoreErrorKind};
use workflow_core::{RunHandle, StartError};
use workflow_tests::lines;
use workflow_tests::oracle::Ledger;

use crate::lab::{Executions, LONG, Lab, builder_on, end_of, eventually};
use crate::world::World;

/// More than the file has room for without growing.
pub(crate) const LARGE: usize = 256 * 1024;
/// What is tried again in a second, at most: from 5 ms on, each pause is twice as long.
const TRIES_A_SECOND: u64 = 20;

/// Opens when the test says so.
pub(crate) struct Gate(Semaphore);

impl Gate {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Semaphore::new(0)))
    }

    pub(crate) fn open(&self) {
        self.0.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    async fn passed(&self) {
        let passed = self.0.acquire().await;
        passed.expect("a gate is never walled up").forget();
    }
}

/// A step with a large result, and a step after it.
#[workflow]
pub(crate) async fn bulky(
    text: String,
    #[resource] world: &World,
    #[resource] gate: &Gate,
) -> Result<u64> {
    let large = step!("large", async {
        world.act(0).await?;
        gate.passed().await;
        Ok::<_, Error>("x".repeat(LARGE))
    })
    .await?;
    let length = (large.len() + text.len()) as u64;
    step!("after", world.act(length)).await?;
    Ok(length)
}

/// An engine whose run has just executed its large step, and waits at the gate.
pub(crate) struct Scene {
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) engine: Engine,
    pub(crate) run: RunHandle<u64>,
    gate: Arc<Gate>,
}

impl Scene {
    pub(crate) async fn set(lab: &Lab) -> Self {
        lines::keep();
        let gate = Gate::new();
        let store = Arc::new(SqliteStore::open(&lab.traces.database).expect("it opens"));
        let (world, executions): (World, Executions) = lab.site.watched_world();
        let builder = builder_on(Arc::clone(&store) as _, world, lab.site.tracker());
        let builder = builder.resource_arc(Arc::clone(&gate)).workflow(bulky);
        let engine = builder.start().await.expect("an engine starts");
        let run = engine.start(bulky, "bulky", String::new()).await;
        let run = run.expect("there is space");
        executions.wait_for("large");
        Self {
            store,
            engine,
            run,
            gate,
        }
    }

    /// Lets the large step end, with nowhere to put its result; gives what the engine says.
    pub(crate) async fn run_out_of_space(&self, lab: &Lab) {
        self.gate.open();
        let error = eventually("the engine to notice", async || self.engine.health().store).await;
        assert_eq!(error.kind(), StoreErrorKind::Full);
        let path = lab.traces.database.display().to_string();
        let words = error.to_string();
        assert!(words.contains(&path) && words.contains("full"), "{words}");
        assert_eq!(self.run.health().store, Some(error));
        let warned = lines::with(&["WARN workflow_core", "the store fails", &path]);
        assert_eq!(warned.len(), 1, "{warned:?}");

        // Neither the step's end nor the start of the next one is there, and nothing runs.
        let database = lab.traces.check_log();
        let types = database.types_of("bulky");
        assert_eq!(types, ["workflow.started", "step.started"]);
        assert_eq!(Ledger::read(&lab.traces.ledger).len(), 1);
    }

    /// Another run is refused with the store's error, and nothing of it is there.
    pub(crate) async fn is_refused(&self, lab: &Lab) {
        let refused = self.engine.start(bulky, "refused", "x".repeat(LARGE)).await;
        let Err(StartError::Store(error)) = refused else {
            panic!("it is refused by the store, not {refused:?}");
        };
        assert_eq!(error.kind(), StoreErrorKind::Full);
        assert_eq!(lab.traces.database().runs.len(), 1);
    }

    /// It is not tried all the time.
    pub(crate) async fn is_no_busy_loop(&self) {
        let before = self.store.counters().failures;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let tries = self.store.counters().failures - before;
        assert!(tries <= TRIES_A_SECOND, "{tries} tries in a second");
        assert!(self.engine.health().store.is_some());
    }

    /// There is space again: both runs come to their end.
    pub(crate) async fn goes_on(self, lab: &Lab) {
        let again = self.engine.start(bulky, "refused", "x".repeat(LARGE)).await;
        let again = again.expect("there is space again");
        assert_eq!(end_of(&self.run).await, Ok(LARGE as u64));
        assert_eq!(end_of(&again).await, Ok(2 * LARGE as u64));
        assert_eq!(self.engine.health().store, None);
        assert_eq!(self.run.health().store, None);
        let left = self.engine.shutdown(LONG).await;
        assert!(left.delivery.expect("it delivers").is_complete());
        let verdict = lab.check();
        assert_eq!(verdict.executions, 4, "no step is executed again");
        assert_eq!(verdict.delivered.duplicates, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_waited_out_and_user_code_sees_nothing_of_it() {
    let lab = Lab::new();
    let scene = Scene::set(&lab).await;
    // No less than it has is not possible: from here on it does not grow.
    scene.store.set_pages_max(1);
    scene.run_out_of_space(&lab).await;
    scene.is_refused(&lab).await;
    scene.is_no_busy_loop().await;
    scene.store.set_pages_max(u32::MAX - 1);
    scene.goes_on(&lab).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_on_a_full_disk_keeps_its_deadline_and_the_next_engine_goes_on() {
    const WITHIN: Duration = Duration::from_secs(1);
    let lab = Lab::new();
    let scene = Scene::set(&lab).await;
    scene.store.set_pages_max(1);
    scene.run_out_of_space(&lab).await;
    let began = std::time::Instant::now();
    let left = scene.engine.shutdown(WITHIN).await;
    assert!(began.elapsed() < 2 * WITHIN, "{:?}", began.elapsed());
    assert_eq!(left.runs_dropped, 1);

    scene.gate.open();
    let store = SqliteStore::open(&lab.traces.database).expect("it opens");
    let builder = builder_on(Arc::new(store), lab.site.world(), lab.site.tracker());
    let builder = builder.resource_arc(scene.gate).workflow(bulky);
    let engine = builder.start().await.expect("an engine starts");
    let run = engine.run(bulky, "bulky").await.expect("it is there");
    assert_eq!(end_of(&run).await, Ok(LARGE as u64));
    engine.shutdown(LONG).await;
    lab.check();
}
