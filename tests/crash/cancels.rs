//! Cancels, whatever the run does: once the answer was yes, it never completes.

use workflow_core::store::RunStatus;
use workflow_core::{Cancelled, Engine, RunError, RunHandle, RunId};
use workflow_tests::oracle::Ledger;

use crate::child::Role;
use crate::lab::{LONG, Lab, end_of, eventually};
use crate::world::{errand, nap, stubborn, stuck};

/// Runs that do everything that a run can be doing when it is cancelled; by their ids, with the
/// steps that are completed by then.
async fn runs(lab: &Lab, engine: &Engine) -> Vec<(RunHandle<u64>, Vec<&'static str>)> {
    const DAY: u64 = 24 * 60 * 60 * 1000;
    let queued = engine.start(nap, "queued", 1).after("1 day").await;
    let parked = engine.start(nap, "parked", DAY).await;
    let kept = engine.start(nap, "kept", 30_000).await;
    let retrying = engine.start(stubborn, "retrying", 1).await;
    let executing = engine.start(stuck, "executing", u64::MAX).await;
    let mut runs = Vec::new();
    for (run, status, steps) in [
        (queued, RunStatus::Queued, vec![]),
        (parked, RunStatus::Waiting, vec!["before"]),
        (kept, RunStatus::Waiting, vec!["before"]),
        (retrying, RunStatus::Waiting, vec!["before"]),
        (executing, RunStatus::Running, vec!["before"]),
    ] {
        let run = run.expect("it starts");
        eventually("the run to come to rest", async || {
            let rests = run.status().await == Ok(status);
            let hangs = format!("{}/hang", run.id());
            let mut executions = Ledger::read(&lab.traces.ledger).into_iter();
            let is_there =
                status != RunStatus::Running || executions.any(|execution| execution.step == hangs);
            (rests && is_there).then_some(())
        })
        .await;
        runs.push((run, steps));
    }
    runs
}

/// Cancels each of the runs, twice, and one that there is not.
async fn cancel_all(engine: &Engine, runs: &[(RunHandle<u64>, Vec<&str>)]) {
    for (run, _) in runs {
        let first = engine.cancel(run.id(), "first".to_owned()).await;
        assert_eq!(first, Ok(Cancelled::Accepted));
        let second = engine.cancel(run.id(), "second".to_owned()).await;
        let ended = Cancelled::Ended(RunStatus::Cancelled);
        assert!(
            matches!(second, Ok(Cancelled::Accepted)) || second == Ok(ended),
            "{second:?}"
        );
    }
    for (run, _) in runs {
        let reason = Some("first".to_owned());
        assert_eq!(end_of(run).await, Err(RunError::Cancelled { reason }));
        let third = engine.cancel(run.id(), None).await;
        assert_eq!(third, Ok(Cancelled::Ended(RunStatus::Cancelled)));
    }
    let nobody = RunId::from(uuid::Uuid::nil());
    assert_eq!(engine.cancel(nobody, None).await, Ok(Cancelled::Unknown));
}

fn check(lab: &Lab, runs: &[(RunHandle<u64>, Vec<&str>)]) {
    let verdict = lab.check();
    let cancelled = verdict.ends.values().filter(|end| **end == "cancelled");
    assert_eq!(cancelled.count(), runs.len());
    let database = lab.traces.database();
    for (run, steps) in runs {
        let id = run.id().as_uuid();
        let found = database.runs.iter().find(|row| row.run_id == id);
        let rows = database.rows_of(found.expect("the run has a row"));
        let end = &rows.last().expect("the run has a log").fields;
        assert_eq!(end["reason"], "first", "{end}");
        assert_eq!(end["completedSteps"], serde_json::json!(steps), "{end}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_cancelled_whatever_it_does() {
    let lab = Lab::new();
    let engine = lab.site.engine().await;
    let runs = runs(&lab, &engine).await;
    cancel_all(&engine, &runs).await;
    engine.shutdown(LONG).await;
    check(&lab, &runs);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_cancelled_from_another_process_whatever_it_does() {
    let lab = Lab::new();
    let mut child = lab.start(Role::Serve);
    child.hear("serving");
    let engine = lab.site.engine().await;
    let runs = runs(&lab, &engine).await;
    assert!(!engine.health().executes);
    cancel_all(&engine, &runs).await;
    child.tell("leave");
    child.succeed();
    check(&lab, &runs);
}

/// The executing process is killed before it has seen the request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accepted_cancel_outlives_the_process_that_executes() {
    let lab = Lab::new();
    let child = lab.start(Role::Serve);
    child.hear("serving");
    let engine = lab.site.engine().await;
    let run = engine.start(stuck, "stuck", 1).await.expect("it starts");
    child.hear(&format!("step {}/hang", run.id()));
    let cancelled = engine.cancel(run.id(), None).await;
    child.kill();
    assert_eq!(cancelled, Ok(Cancelled::Accepted));
    let reason = None;
    assert_eq!(end_of(&run).await, Err(RunError::Cancelled { reason }));
    engine.shutdown(LONG).await;
    lab.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_ended_is_not_cancelled() {
    let lab = Lab::new();
    let engine = lab.site.engine().await;
    let run = engine.start(errand, "errand", 1).await.expect("it starts");
    end_of(&run).await.expect("it completes");
    let cancelled = engine.cancel(run.id(), None).await;
    assert_eq!(cancelled, Ok(Cancelled::Ended(RunStatus::Completed)));
    engine.shutdown(LONG).await;
    lab.check();
}
