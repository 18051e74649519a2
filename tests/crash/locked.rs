//! A database that another program locks: whoever needs it waits, and nothing else happens.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use workflow_core::store::SqliteOptions;
use workflow_tests::endpoint::Endpoint;
use workflow_tests::lines;

use crate::lab::{LONG, Lab, builder_on, end_of, eventually};
use crate::world::{errand, errands_end};

/// Another program's lock on the database.
struct Lock(Connection);

impl Lock {
    fn take(lab: &Lab) -> Self {
        let other = Connection::open(&lab.traces.database).expect("the database opens");
        other.busy_timeout(LONG).expect("it can wait");
        other.execute_batch("BEGIN IMMEDIATE").expect("it is free");
        Self(other)
    }

    fn let_go(self) {
        self.0.execute_batch("COMMIT").expect("it is held");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_locked_for_3_seconds_is_waited_for() {
    const LOCKED: Duration = Duration::from_secs(3);
    let lab = Lab::new();
    let engine = lab.site.engine().await;
    let lock = Lock::take(&lab);
    let began = Instant::now();
    let waits = engine.start(errand, "errand", 7);
    let waits = tokio::spawn(waits.into_future());
    // Another engine that starts now waits too, with its tracker's cursors.
    let standby = tokio::spawn({
        let site = lab.site.clone();
        async move { site.engine().await }
    });
    tokio::time::sleep(LOCKED).await;
    assert!(!waits.is_finished());
    assert_eq!(engine.health().store, None, "waiting is no failure");
    lock.let_go();

    let run = waits.await.expect("no panic").expect("it starts");
    assert_eq!(end_of(&run).await, Ok(errands_end(7)));
    assert!(began.elapsed() >= LOCKED);
    let standby = standby.await.expect("it starts");
    assert!(!standby.health().executes);
    standby.shutdown(LONG).await;
    engine.shutdown(LONG).await;
    assert_eq!(lab.check().delivered.duplicates, 0);
}

/// What was delivered cannot be recorded for a while: it is not sent again, and recorded later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_delivered_and_cannot_be_recorded_is_not_sent_again_by_this_process() {
    let lab = Lab::with(Endpoint::closed());
    cannot_record(&lab, || Lock::take(&lab), Lock::let_go).await;
}

/// Delivers while nothing can be written, from `begin` to `end`.
pub(crate) async fn cannot_record<O>(lab: &Lab, begin: impl FnOnce() -> O, end: impl FnOnce(O)) {
    const ERRANDS: u64 = 10;
    /// The pause between two tries is a quarter of a second.
    const TRIES_A_SECOND: u64 = 6;
    lines::keep();
    let store = SqliteOptions::new().busy_timeout(Duration::from_millis(20));
    let store = Arc::new(store.open(&lab.traces.database).expect("it opens"));
    let (world, tracker) = (lab.site.world(), lab.site.tracker());
    let builder = builder_on(Arc::clone(&store) as _, world, tracker);
    let engine = builder.start().await.expect("an engine starts");
    for number in 0..ERRANDS {
        let run = engine.start(errand, format!("errand-{number}"), number);
        let run = run.await.expect("it starts");
        assert_eq!(end_of(&run).await, Ok(errands_end(number)));
    }
    let all = lab.traces.database().event_ids();
    let obstacle = begin();
    lab.endpoint.open();
    lab.endpoint
        .wait_for("every event", |seen| seen.has_all(&all));

    eventually("a try to record it", async || {
        (store.counters().failures > 0).then_some(())
    })
    .await;
    let before = store.counters().failures;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let tries = store.counters().failures - before;
    assert!(
        (1..=TRIES_A_SECOND).contains(&tries),
        "{tries} tries in a second"
    );
    let stats = engine.tracker_stats("default").expect("it delivers");
    let account = stats.account;
    assert_eq!((account.delivered, account.pending), (4 * ERRANDS, 0));
    let database = lab.traces.database();
    assert_eq!(database.accounts["default"].pending, 4 * ERRANDS);

    end(obstacle);
    eventually("cursors that are recorded", async || {
        lab.traces.database().pending.is_empty().then_some(())
    })
    .await;
    engine.shutdown(LONG).await;
    assert_eq!(lab.check().delivered.duplicates, 0);
    let path = lab.traces.database.display().to_string();
    let warned = lines::with(&["what was delivered cannot be recorded", &path]);
    assert_eq!(warned.len(), 1, "{warned:?}");
}
