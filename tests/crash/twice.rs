//! The same id started twice: one run, one execution, one set of events.

use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::JoinSet;
use workflow_core::StartError;

use crate::child::{Role, run_errands};
use crate::lab::{LONG, Lab, end_of};
use crate::world::{errand, errands_end};

/// Ids that two processes start, each in an order of its own.
const IDS: u64 = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_that_many_tasks_start_at_once_is_one_run() {
    const TASKS: usize = 64;
    let lab = Lab::new();
    let engine = lab.site.engine().await;
    let gate = Arc::new(Barrier::new(TASKS));
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let (engine, gate) = (engine.clone(), Arc::clone(&gate));
        tasks.spawn(async move {
            gate.wait().await;
            let run = engine.start(errand, "errand", 7).await.expect("it starts");
            assert_eq!(end_of(&run).await, Ok(errands_end(7)));
            run.id()
        });
    }
    let ids = tasks.join_all().await;
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{ids:?}");

    let other = engine.start(errand, "errand", 8).await;
    assert!(
        matches!(other, Err(StartError::DifferentInput { .. })),
        "{other:?}"
    );
    engine.shutdown(LONG).await;
    let verdict = lab.check();
    assert_eq!((verdict.executions, verdict.delivered.events), (1, 4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_that_two_processes_start_at_once_are_one_run_each() {
    let lab = Lab::new();
    let mut child = lab.start(Role::Serve);
    child.hear("serving");
    let engine = lab.site.engine().await;
    child.tell(&format!("errands 0 {IDS} 0"));
    child.hear("step ");
    run_errands(&engine, 0..IDS, 0).await;
    child.hear("done");

    child.tell("leave");
    child.succeed();
    let verdict = lab.check();
    assert_eq!(verdict.ends.len() as u64, IDS);
    assert_eq!(verdict.executions as u64, IDS);
    for number in 0..IDS {
        assert_eq!(
            verdict.ends[&format!("errand-{number}")],
            errands_end(number)
        );
    }
}

/// One of the two processes gets each id; the other one hears that its input differs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_that_two_processes_start_with_different_inputs_belong_to_one_of_them() {
    let lab = Lab::new();
    let mut child = lab.start(Role::Serve);
    child.hear("serving");
    let engine = lab.site.engine().await;
    child.tell(&format!("errands 0 {IDS} 1000"));
    child.hear("step ");
    let mine = run_errands(&engine, 0..IDS, 0).await;
    child.hear("done");

    child.tell("leave");
    child.succeed();
    let verdict = lab.check();
    assert_eq!(verdict.ends.len() as u64, IDS);
    assert_eq!(verdict.executions as u64, IDS);
    for number in 0..IDS {
        let input = if mine.contains(&number) {
            number
        } else {
            number + 1000
        };
        assert_eq!(
            verdict.ends[&format!("errand-{number}")],
            errands_end(input)
        );
    }
    println!(
        "{} of {IDS} ids went to the process that stands by",
        mine.len()
    );
}
