//! A run that kills its process each time is given up, and its neighbours are not.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::Value;
use workflow_core::store::RunQuery;
use workflow_core::{Cancelled, Engine, RunError};

use crate::child::{RECOVERIES, Role};
use crate::lab::{LONG, Lab, end_of, eventually};
use crate::travel::travels_end;
use crate::world::{poison, stuck, two_steps_end};

#[test]
fn a_run_that_kills_its_process_each_time_is_given_up_and_its_neighbours_complete() {
    let lab = Lab::new();
    let mut deaths = 0;
    loop {
        let (said, status) = lab.start(Role::Poison).finish();
        if status.success() {
            assert_eq!(said.last().map(String::as_str), Some("left 0"));
            break;
        }
        assert_ne!(status.code(), Some(101), "the child panicked: {said:?}");
        deaths += 1;
        assert!(deaths < 20, "still alive after {deaths} deaths");
        lab.traces.check_log();
    }
    assert_eq!(deaths, RECOVERIES + 1);

    let verdict = lab.check();
    let mut ends: BTreeMap<_, _> = travels_end()
        .into_iter()
        .map(|(id, end)| (id, Value::from(end)))
        .collect();
    ends.insert("poison".to_owned(), "failed".into());
    assert_eq!(verdict.ends, ends);
    let database = lab.traces.database();
    let rows = database.rows_of(database.run("poison"));
    let outcome = rows.last().expect("it has a log");
    assert_eq!(outcome.fields["error"]["kind"], "crash_loop", "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_graceful_restarts_are_no_crash_loop() {
    const RESTARTS: u64 = 20;
    let lab = Lab::new();
    for restart in 0..=RESTARTS {
        let (world, executions) = lab.site.watched_world();
        let engine = lab
            .site
            .builder(world)
            .max_recoveries(RECOVERIES)
            .start()
            .await;
        let engine = engine.expect("an engine starts");
        let run = engine
            .start(stuck, "stuck", RESTARTS)
            .await
            .expect("it starts");
        if restart == RESTARTS {
            assert_eq!(end_of(&run).await, Ok(two_steps_end(RESTARTS)));
            engine.shutdown(LONG).await;
            break;
        }
        executions.wait_for("hang");
        // Too short for a step that hangs.
        let left = engine.shutdown(Duration::from_millis(20)).await;
        assert_eq!(left.runs_dropped, 1);
    }
    let database = lab.traces.check_log();
    let restarts = database.count("workflow.resumed", "cause", "restart");
    assert_eq!(restarts as u64, RESTARTS);
    assert_eq!(lab.check().recoveries, 0);
}

/// An engine with a run that has killed nine processes and is not tried again for 12 s.
async fn engine_with_a_suspect(lab: &Lab) -> Engine {
    let engine = lab.site.engine().await;
    // All others come to their end.
    let memory = async || {
        let health = engine.health();
        let query = RunQuery::default();
        let runs = engine.runs(query).await.expect("it looks").into_iter();
        let open = runs.filter(|run| !run.status.is_terminal()).count();
        (open == 1 && health.runs_in_memory == 1).then_some(())
    };
    eventually("the suspect to be alone", memory).await;
    engine
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_not_tried_yet_holds_up_neither_a_shutdown_nor_a_cancel() {
    const SOON: Duration = Duration::from_secs(2);
    let lab = Lab::new();
    lab.start(Role::Poison).finish();
    let database = Connection::open(&lab.traces.database).expect("the database opens");
    let nine = "UPDATE runs SET crash_count = 9, crash_seq = 99 WHERE user_id = 'poison'";
    database.execute(nine, []).expect("it is changed");

    let engine = engine_with_a_suspect(&lab).await;
    let began = Instant::now();
    let left = engine.shutdown(4 * SOON).await;
    assert_eq!(left.runs_dropped, 0);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());

    let engine = engine_with_a_suspect(&lab).await;
    assert!(engine.health().executes);
    let run = engine.run(poison, "poison").await.expect("it is there");
    let began = Instant::now();
    assert_eq!(engine.cancel(run.id(), None).await, Ok(Cancelled::Accepted));
    assert_eq!(
        end_of(&run).await,
        Err(RunError::Cancelled { reason: None })
    );
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    engine.shutdown(LONG).await;
    lab.check();
}
