//! The user's runtime: single-threaded, blocked, or gone while a step executes.

use tokio::runtime::{Builder, Runtime};
use workflow_core::{Engine, RunError};
use workflow_tests::endpoint::Reply;

use crate::lab::{LONG, Lab, end_of};
use crate::world::{errand, errands_end, stuck, two_steps_end};

/// What a user may have: one thread.
fn single_threaded() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

async fn run_errands(engine: &Engine, count: u64) {
    for number in 0..count {
        let run = engine.start(errand, format!("errand-{number}"), number);
        let run = run.await.expect("an errand starts");
        assert_eq!(end_of(&run).await, Ok(errands_end(number)));
    }
}

/// An endpoint that fails for a while, so that events are pending then.
fn failing_at_first() -> Lab {
    let lab = Lab::new();
    lab.endpoint
        .then(std::iter::repeat_n(Reply::status(500), 8));
    lab
}

#[test]
fn events_are_delivered_while_the_only_thread_is_blocked() {
    let lab = failing_at_first();
    let runtime = single_threaded();
    let engine = runtime.block_on(async {
        let engine = lab.site.engine().await;
        run_errands(&engine, 5).await;
        let pending = engine.tracker_stats("default").expect("it delivers");
        assert!(pending.account.pending > 0);
        // In a task that does not let go of the thread until everything has arrived.
        let (endpoint, traces) = (&lab.endpoint, &lab.traces);
        let all = traces.database().event_ids();
        endpoint.wait_for("every event", |seen| seen.has_all(&all));
        engine
    });
    assert!(
        runtime
            .block_on(engine.shutdown(LONG))
            .delivery
            .expect("it delivers")
            .is_complete()
    );
    assert_eq!(lab.check().delivered.duplicates, 0);
}

#[test]
#[ignore = "long: the runtime's only thread is blocked for 10 s"]
fn events_are_delivered_while_the_only_thread_is_blocked_for_10_seconds() {
    let lab = failing_at_first();
    single_threaded().block_on(async {
        let engine = lab.site.engine().await;
        run_errands(&engine, 5).await;
        std::thread::sleep(std::time::Duration::from_secs(10));
        let all = lab.traces.database().event_ids();
        assert!(
            lab.endpoint.seen().has_all(&all),
            "it was delivered by then"
        );
        engine.shutdown(LONG).await;
    });
    assert_eq!(lab.check().delivered.duplicates, 0);
}

#[test]
fn events_are_delivered_after_the_runtime_is_gone() {
    let lab = failing_at_first();
    let runtime = single_threaded();
    let engine = runtime.block_on(async {
        let engine = lab.site.engine().await;
        run_errands(&engine, 5).await;
        engine
    });
    drop(runtime);
    let all = lab.traces.database().event_ids();
    lab.endpoint
        .wait_for("every event", |seen| seen.has_all(&all));
    let settled = single_threaded().block_on(engine.shutdown(LONG));
    assert!(settled.delivery.expect("it delivers").is_complete());
    assert_eq!(lab.check().delivered.duplicates, 0);
}

/// What is dropped while a step executes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dropped {
    /// The runtime, with the engine in one of its tasks.
    Runtime,
    /// The engine alone.
    Engine,
}

/// A run whose first execution is dropped in the middle of a step: the next engine of the same
/// process goes on with it at once.
fn goes_on_after(dropped: Dropped) {
    let lab = Lab::new();
    let (world, executions) = lab.site.watched_world();
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let engine = lab.site.builder(world).start().await;
        let engine = engine.expect("an engine starts");
        let run = engine.start(stuck, "stuck", 1).await.expect("it starts");
        executions.wait_for("hang");
        if dropped == Dropped::Engine {
            drop(engine);
            assert_eq!(end_of(&run).await, Err(RunError::Detached));
        } else {
            tokio::spawn(async move {
                let _kept = (engine, run);
                std::future::pending::<()>().await;
            });
        }
    });
    drop(runtime);

    single_threaded().block_on(async {
        let engine = lab.site.engine().await;
        assert!(engine.health().executes);
        let run = engine.run(stuck, "stuck").await.expect("it is there");
        assert_eq!(end_of(&run).await, Ok(two_steps_end(1)));
        let left = engine.shutdown(LONG).await;
        assert!(left.delivery.expect("it delivers").is_complete());
    });
    let database = lab.traces.check_log();
    assert_eq!(database.count("workflow.resumed", "cause", "restart"), 1);
    assert_eq!(lab.check().recoveries, 0);
}

#[test]
fn a_run_that_was_dropped_with_its_runtime_goes_on_at_once() {
    goes_on_after(Dropped::Runtime);
}

#[test]
fn a_run_that_was_dropped_with_its_engine_goes_on_at_once() {
    goes_on_after(Dropped::Engine);
}
