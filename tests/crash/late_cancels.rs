//! Cancels that come about when runs complete: each gets an answer that stays true.

use std::time::Duration;

use tokio::task::JoinSet;
use workflow_core::store::RunStatus;
use workflow_core::{Cancelled, Engine, RunError};

use crate::child::Role;
use crate::lab::{LONG, Lab, end_of};
use crate::world::{nap, two_steps_end};

const RUNS: usize = 20;

/// Cancels runs about when they complete; gives how many cancels were accepted.
async fn cancel_late(engine: &Engine, round: u64) -> usize {
    let mut tasks = JoinSet::new();
    for number in 0..RUNS as u64 {
        let run = engine.start(nap, format!("nap-{round}-{number}"), 5);
        let engine = engine.clone();
        tasks.spawn(async move {
            let run = run.await.expect("it starts");
            // The result of a run that is queued for ever would not come either.
            while run.status().await == Ok(RunStatus::Queued) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let pause = Duration::from_micros(fastrand::u64(..30_000));
            tokio::time::sleep(pause).await;
            let cancelled = engine.cancel(run.id(), None).await;
            check_one(cancelled.expect("the store works"), &end_of(&run).await)
        });
    }
    let accepted = tasks.join_all().await;
    accepted.into_iter().filter(|accepted| *accepted).count()
}

/// Whether the cancel was accepted; the result fits the answer.
fn check_one(cancelled: Cancelled, result: &Result<u64, RunError>) -> bool {
    let accepted = cancelled == Cancelled::Accepted;
    if accepted {
        assert_eq!(*result, Err(RunError::Cancelled { reason: None }));
    } else {
        assert_eq!(cancelled, Cancelled::Ended(RunStatus::Completed));
        assert_eq!(*result, Ok(two_steps_end(5)));
    }
    accepted
}

/// Until some cancels came in time and some too late.
async fn race(engine: &Engine) {
    const ROUNDS: u64 = 20;
    let (mut accepted, mut all) = (0, 0);
    for round in 0..ROUNDS {
        accepted += cancel_late(engine, round).await;
        all += RUNS;
        if accepted > 0 && accepted < all {
            println!("{accepted} of {all} cancels came in time");
            return;
        }
    }
    panic!("{accepted} of {all} cancels came in time: that was no race");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accepted_cancel_is_never_followed_by_completion() {
    let lab = Lab::new();
    let engine = lab.site.engine().await;
    race(&engine).await;
    engine.shutdown(LONG).await;
    lab.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accepted_cancel_from_another_process_is_never_followed_by_completion() {
    let lab = Lab::new();
    let mut child = lab.start(Role::Serve);
    child.hear("serving");
    let engine = lab.site.engine().await;
    race(&engine).await;
    child.tell("leave");
    child.succeed();
    lab.check();
}
