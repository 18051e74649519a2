//! One engine after the other in one process: each executes as soon as it has started, and what
//! the one before gave back does not count as a crash.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::lab::{LONG, Lab, end_of};
use crate::world::{errand, errands_end, stuck, two_steps_end};

/// Engines that follow each other.
const ENGINES: u64 = 20;

/// Starts programs all the time: each of them has the files of this process open until it begins.
struct Forks {
    enough: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Forks {
    fn begin() -> Self {
        let enough = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&enough);
        let thread = std::thread::spawn(move || {
            while !told.load(Ordering::Relaxed) {
                let ran = Command::new("true").status();
                ran.expect("there is a program that does nothing");
            }
        });
        Self {
            enough,
            thread: Some(thread),
        }
    }
}

impl Drop for Forks {
    fn drop(&mut self) {
        self.enough.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(std::thread::JoinHandle::join);
    }
}

/// Each engine is dropped in the middle of a step, and the next one is started at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_follows_a_dropped_one_executes_at_once_and_counts_no_crash() {
    let lab = Lab::new();
    let _forks = Forks::begin();
    for number in 0..ENGINES {
        let (world, executions) = lab.site.watched_world();
        let engine = lab.site.builder(world).start().await;
        let engine = engine.expect("an engine starts");
        assert!(engine.health().executes, "engine {number} stands by");
        let run = engine.start(stuck, "stuck", ENGINES).await;
        let _run = run.expect("it starts");
        executions.wait_for("hang");
        drop(engine);
    }
    let engine = lab.site.engine().await;
    let run = engine.run(stuck, "stuck").await.expect("it is there");
    assert_eq!(end_of(&run).await, Ok(two_steps_end(ENGINES)));
    engine.shutdown(LONG).await;
    let database = lab.traces.check_log();
    assert_eq!(
        database.count("workflow.resumed", "cause", "restart") as u64,
        ENGINES
    );
    assert_eq!(lab.check().recoveries, 0);
}

/// Each engine is shut down while others are still waiting for its place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_follows_one_that_was_shut_down_executes_at_once() {
    let lab = Lab::new();
    let _forks = Forks::begin();
    for number in 0..ENGINES {
        let engine = lab.site.engine().await;
        assert!(engine.health().executes, "engine {number} stands by");
        let id = format!("errand-{number}");
        let run = engine.start(errand, id, number).await.expect("it starts");
        assert_eq!(end_of(&run).await, Ok(errands_end(number)));
        // One that gives up before its time has come.
        let impatient = lab.site.engine().await;
        assert!(!impatient.health().executes);
        impatient.shutdown(LONG).await;
        engine.shutdown(LONG).await;
    }
    let database = lab.traces.check_log();
    let queued = database
        .log
        .iter()
        .filter(|row| row.event_type == "workflow.queued");
    assert_eq!(queued.count(), 0);
    lab.check();
}
