//! Signals and children under SIGKILL: none is lost, and none is there twice.

use std::thread;
use std::time::Duration;

use fastrand::Rng;
use workflow_core::prelude::*;
use workflow_core::store::{
    NewRequest, RequestKind, RequestReply, RunKey, RunNo, SqliteStore, Store,
};
use workflow_core::{Clock as _, SystemClock};

use crate::child::{Role, leave};
use crate::lab::{LONG, Lab, end_of, eventually};
use crate::world::{errand, errands_end};

const ANSWERS: [u64; 4] = [1, 2, 3, 4];
/// Two children at once, then one for each answer; each executes one step.
const EXECUTIONS: usize = 2 + ANSWERS.len();

/// Starts two children, and then one for every signal; remembers the order of the signals.
#[workflow]
pub(crate) async fn family(start: u64) -> Result<u64> {
    let both = tokio::try_join!(
        child!("first", errand(start)),
        child!("second", errand(start + 1))
    )?;
    assert_eq!(both, (errands_end(start), errands_end(start + 1)));
    let mut seen = 0;
    for number in 0..ANSWERS.len() {
        let answer: u64 = wait!("answer", key = number, timeout = "1 day").await?;
        seen = 10 * seen + answer;
        let done = child!("answered", key = number, errand(answer)).await?;
        assert_eq!(done, errands_end(answer));
    }
    Ok(seen)
}

/// Sees the family to its end.
pub(crate) async fn raise(engine: Engine) {
    let run = engine.start(family, "family", 7).await;
    assert_eq!(end_of(&run.expect("it starts")).await, Ok(1_234));
    leave(engine, LONG).await;
}

#[tokio::test]
async fn signals_and_children_survive_kills_and_are_there_once() {
    let mut chance = Rng::with_seed(7);
    for _ in 0..5 {
        let lab = Lab::new();
        let mut process = lab.start(Role::Family);
        let store = eventually("the file", async || {
            SqliteStore::open(&lab.traces.database).ok()
        });
        let store = store.await;
        let run = run_of(&store).await;
        for answer in ANSWERS {
            // Any instant will do: while it starts, while it waits, while children execute.
            thread::sleep(Duration::from_micros(chance.u64(..80_000)));
            if chance.bool() {
                process.kill();
                process = lab.start(Role::Family);
            }
            send(&store, run, answer).await;
            thread::sleep(Duration::from_micros(chance.u64(..80_000)));
            process.kill();
            process = lab.start(Role::Family);
        }
        process.succeed();
        let verdict = lab.check();
        assert_eq!(verdict.ends.len(), 1 + EXECUTIONS);
        assert_eq!(verdict.ends["family"], 1_234);
    }
}

/// The family's number, once it is there.
async fn run_of(store: &SqliteStore) -> RunNo {
    eventually("the family to begin", async || {
        let key = RunKey::UserId {
            workflow: "family".to_owned(),
            id: "family".to_owned(),
        };
        let found = store.run(key).await.expect("the store can read");
        found.map(|record| record.run)
    })
    .await
}

/// Sends an answer from this process, which is not killed.
async fn send(store: &SqliteStore, run: RunNo, answer: u64) {
    let kind = RequestKind::Signal {
        name: "answer".to_owned(),
        payload: answer.to_string().into_bytes(),
    };
    let at = SystemClock.now();
    let reply = store.request(NewRequest { run, kind, at }).await;
    assert_eq!(reply, Ok(RequestReply::Accepted));
}
