//! Two processes on one file: one executes, the other stands by and takes over at once.

use std::time::{Duration, Instant};

use workflow_core::store::{RunQuery, RunStatus, SqliteStore};
use workflow_core::{Cancelled, Engine, RunError};

use crate::child::Role;
use crate::lab::{LONG, Lab, end_of, eventually};
use crate::world::{errand, errands_end, nap, stuck, two_steps_end};

/// Far less than any time-out that could decide that a process is gone.
const AT_ONCE: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_process_stands_by_and_takes_over_when_the_first_is_killed() {
    let lab = Lab::new();
    let first = lab.start(Role::Serve);
    first.hear("serving");
    let second = lab.site.engine().await;
    assert!(!second.health().executes);

    // It can start: the other one executes.
    let run = second.start(errand, "errand", 7).await.expect("it starts");
    assert_eq!(end_of(&run).await, Ok(errands_end(7)));
    // It can cancel.
    let later = second.start(nap, "later", 1).after("1 day").await;
    let later = later.expect("it is queued");
    assert_eq!(later.status().await, Ok(RunStatus::Queued));
    let reason = "changed plans".to_owned();
    let cancelled = second.cancel(later.id(), reason.clone()).await;
    assert_eq!(cancelled, Ok(Cancelled::Accepted));
    let reason = Some(reason);
    assert_eq!(end_of(&later).await, Err(RunError::Cancelled { reason }));
    // It can look.
    let runs = second.runs(RunQuery::default()).await.expect("it looks");
    assert_eq!(runs.len(), 2);
    assert!(!second.health().executes);

    eventually("cursors that are committed", async || {
        lab.traces.database().pending.is_empty().then_some(())
    })
    .await;
    assert_eq!(lab.check().delivered.duplicates, 0, "in steady state");

    let run = second.start(stuck, "stuck", 1).await.expect("it starts");
    first.hear("step ");
    first.hear(&format!("step {}/hang", run.id()));
    first.kill();
    let killed = Instant::now();
    eventually("the other to take over", async || {
        second.health().executes.then_some(())
    })
    .await;
    println!("took over {:?} after the kill", killed.elapsed());
    assert_eq!(end_of(&run).await, Ok(two_steps_end(1)));
    println!("the run completed {:?} after the kill", killed.elapsed());
    assert!(killed.elapsed() < AT_ONCE);

    let left = second.shutdown(LONG).await;
    assert!(left.delivery.expect("it delivers by now").is_complete());
    assert_eq!(lab.check().recoveries, 1);
}

/// The first engine knows neither the workflow nor the tracker.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_process_commits_while_it_stands_by_arrives_too() {
    let lab = Lab::new();
    let store = SqliteStore::open(&lab.traces.database).expect("the database opens");
    let first = Engine::builder().store(store).start().await;
    let first = first.expect("the first starts");
    let second = lab.site.engine().await;
    assert!(first.health().executes && !second.health().executes);
    let run = second.start(errand, "errand", 7).await.expect("it starts");

    first.shutdown(LONG).await;
    assert_eq!(end_of(&run).await, Ok(errands_end(7)));
    second.shutdown(LONG).await;
    assert_eq!(lab.check().delivered.events, 5);
}
