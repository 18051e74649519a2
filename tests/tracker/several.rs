//! Several trackers on one engine and one `SQLite` file: each has its own cursor, whatever becomes
//! of the others, of their configuration, or of the process.

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use uuid::Uuid;
use workflow_core::prelude::*;
use workflow_core::store::SqliteStore;
use workflow_core::tracker::DeliveryReport;
use workflow_core::{Engine, EngineBuilder, LetterQuery, Replayed, RunHandle};
use workflow_tests::endpoint::{Endpoint, Received, Reply};

use crate::kit::{LONG, eventually, once_each, quick};

#[workflow]
async fn pair(text: String) -> Result<String> {
    let first = step!("first", async { Ok::<_, Error>(text.clone()) }).await?;
    let second = step!("second", async { Ok::<_, Error>(first.clone()) }).await?;
    Ok(second)
}

/// What one run of [`pair`] writes.
const EVENTS: usize = 6;

fn named(name: &str, endpoint: &Endpoint) -> HttpTracker {
    let tracker = HttpTracker::new(&endpoint.url()).expect("a url to this machine");
    tracker.pace(quick()).name(name)
}

/// An engine on the file of this folder.
async fn engine(folder: &Path, trackers: impl IntoIterator<Item = HttpTracker>) -> Engine {
    let store = SqliteStore::open(folder.join("runs.db")).expect("a new file");
    let builder = Engine::builder().store(store).workflow(pair);
    let builder = trackers.into_iter().fold(builder, EngineBuilder::tracker);
    builder.start().await.expect("the engine starts")
}

/// Runs [`pair`] so often, one after the other.
async fn run(engine: &Engine, times: usize) {
    for _ in 0..times {
        let run = engine
            .start_new(pair, "x".to_owned())
            .await
            .expect("it starts");
        run.result().await.expect("it completes");
    }
}

/// What was delivered of a run within this time.
async fn delivered<T>(run: &RunHandle<T>, within: Duration) -> DeliveryReport {
    let report = run.delivered(within).await.expect("readable");
    report.expect("the engine has a tracker")
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("the temporary folder can be written")
}

/// The ids of all events in the file.
fn ids(folder: &Path) -> Vec<Uuid> {
    let file = rusqlite::Connection::open(folder.join("runs.db")).expect("the file");
    let mut rows = file
        .prepare("SELECT event_id FROM log ORDER BY run_no, seq")
        .expect("a query");
    let ids = rows
        .query_map([], |row| row.get::<_, [u8; 16]>(0))
        .expect("rows");
    ids.map(|id| Uuid::from_bytes(id.expect("an id"))).collect()
}

/// Each tracker's accepted, delivered, pending, quarantined and expired, by SQL.
fn accounts(folder: &Path) -> Vec<(String, [i64; 5])> {
    let file = rusqlite::Connection::open(folder.join("runs.db")).expect("the file");
    let mut rows = file
        .prepare("SELECT tracker, accepted, delivered, pending, quarantined, expired FROM accounts")
        .expect("a view");
    let accounts = rows
        .query_map([], |row| {
            let number = |column| row.get(column);
            let counts = [number(1)?, number(2)?, number(3)?, number(4)?, number(5)?];
            Ok((row.get(0)?, counts))
        })
        .expect("rows");
    accounts.collect::<Result<_, _>>().expect("numbers")
}

async fn shut_down(engine: Engine, within: Duration) {
    engine.shutdown(within).await;
}

const SHORT: Duration = Duration::from_millis(300);

#[tokio::test]
async fn a_dead_tracker_does_not_touch_a_healthy_one() {
    let folder = folder();
    let (healthy, dead) = (Endpoint::start(), Endpoint::closed());
    let trackers = [named("healthy", &healthy), named("dead", &dead)];
    let engine = engine(folder.path(), trackers).await;
    run(&engine, 5).await;
    let all = ids(folder.path());
    let seen = healthy.wait_for("every event", |seen| seen.has_all(&all));
    assert_eq!(seen.check(&all), once_each(5 * EVENTS));
    let stats = engine.tracker_stats("dead").expect("a tracker");
    assert_eq!(stats.account.pending, all.len() as u64);
    dead.open();
    let seen = dead.wait_for("every event", |seen| seen.has_all(&all));
    assert_eq!(seen.check(&all), once_each(5 * EVENTS));
    shut_down(engine, LONG).await;
    let counts = [30, 30, 0, 0, 0];
    let expected = [("dead".to_owned(), counts), ("healthy".to_owned(), counts)];
    assert_eq!(accounts(folder.path()), expected);
}

#[tokio::test]
async fn a_tracker_that_is_added_or_taken_away_skips_nothing_and_repeats_nothing() {
    let folder = folder();
    let (first, second) = (Endpoint::start(), Endpoint::start());
    first.close();
    let one = engine(folder.path(), [named("first", &first)]).await;
    run(&one, 3).await;
    shut_down(one, SHORT).await;
    let before = ids(folder.path());

    // The second is added while the first has a backlog.
    let trackers = [named("first", &first), named("second", &second)];
    let two = engine(folder.path(), trackers).await;
    run(&two, 2).await;
    let all = ids(folder.path());
    let since = &all[before.len()..];
    let seen = second.wait_for("the new events", |seen| seen.has_all(since));
    assert_eq!(seen.check(since), once_each(2 * EVENTS));
    shut_down(two, SHORT).await;

    // The first is taken away: what it has not got waits for it.
    let three = engine(folder.path(), [named("second", &second)]).await;
    run(&three, 1).await;
    let known = three.trackers().await.expect("readable");
    let known: Vec<_> = known
        .iter()
        .map(|tracker| {
            (
                tracker.name.as_str(),
                tracker.detached,
                tracker.account.accepted,
            )
        })
        .collect();
    assert_eq!(known, [("first", true, 36), ("second", false, 18)]);
    shut_down(three, LONG).await;

    // It comes back, at another url.
    let moved = Endpoint::start();
    let trackers = [named("first", &moved), named("second", &second)];
    let four = engine(folder.path(), trackers).await;
    let all = ids(folder.path());
    let seen = moved.wait_for("the whole backlog", |seen| seen.has_all(&all));
    assert_eq!(seen.check(&all), once_each(6 * EVENTS));
    shut_down(four, LONG).await;
    assert!(first.seen().requests().is_empty());
    let seen = second.seen();
    assert_eq!(seen.check(&all[before.len()..]), once_each(3 * EVENTS));
}

#[tokio::test]
async fn a_changed_url_goes_on_where_the_old_one_was() {
    let folder = folder();
    let (old, new) = (Endpoint::start(), Endpoint::start());
    let one = engine(folder.path(), [named("default", &old)]).await;
    run(&one, 2).await;
    let delivered = ids(folder.path());
    old.wait_for("every event", |seen| seen.has_all(&delivered));
    assert!(
        one.flush(LONG)
            .await
            .is_some_and(|report| report.is_complete())
    );
    old.close();
    run(&one, 2).await;
    shut_down(one, SHORT).await;
    let two = engine(folder.path(), [named("default", &new)]).await;
    let all = ids(folder.path());
    let backlog = &all[delivered.len()..];
    let seen = new.wait_for("the backlog", |seen| seen.has_all(backlog));
    assert_eq!(seen.check(backlog), once_each(2 * EVENTS));
    shut_down(two, LONG).await;
    assert_eq!(old.seen().check(&delivered), once_each(2 * EVENTS));
}

#[tokio::test]
async fn a_renamed_tracker_leaves_its_old_name_detached_until_it_is_forgotten() {
    let folder = folder();
    let endpoint = Endpoint::closed();
    let one = engine(folder.path(), [named("old", &endpoint)]).await;
    run(&one, 2).await;
    shut_down(one, SHORT).await;
    endpoint.open();
    let renamed = named("new", &endpoint).from_beginning();
    let two = engine(folder.path(), [renamed]).await;
    let all = ids(folder.path());
    let seen = endpoint.wait_for("every event", |seen| seen.has_all(&all));
    assert_eq!(seen.check(&all), once_each(2 * EVENTS));

    let refused = two
        .forget_tracker("new")
        .await
        .expect_err("it is configured");
    assert!(
        refused.to_string().contains("this engine delivers to it"),
        "{refused}"
    );
    let last = two
        .forget_tracker("old")
        .await
        .expect("writable")
        .expect("it was known");
    assert_eq!((last.accepted, last.pending, last.expired), (12, 0, 12));
    assert_eq!(two.forget_tracker("old").await, Ok(None));
    let known = two.trackers().await.expect("readable");
    assert_eq!(known.len(), 1);
    shut_down(two, LONG).await;
}

/// Refuses the completion of `first`, unless as a tombstone.
fn refuse_one_step(received: &Received) -> Reply {
    let mut events = received.events.iter();
    let guilty = |event: &workflow_tests::endpoint::DeliveredEvent| {
        event.event_type == "step.completed"
            && !event.tombstone
            && event.bytes.contains(r#""stepName":"first""#)
    };
    Reply::status(if events.any(guilty) { 422 } else { 200 })
}

#[tokio::test]
async fn dead_letters_are_listed_replayed_and_discarded() {
    let folder = folder();
    let endpoint = Endpoint::start();
    endpoint.answer(refuse_one_step);
    let engine = engine(folder.path(), [named("default", &endpoint)]).await;
    run(&engine, 3).await;
    let stats = eventually("three dead letters", || {
        let stats = engine.tracker_stats("default").expect("a tracker");
        (stats.account.quarantined == 3).then_some(stats)
    });
    assert!(
        engine
            .flush(LONG)
            .await
            .is_some_and(|report| report.is_complete())
    );
    assert_eq!(stats.blocked, None);
    let query = LetterQuery {
        letters_max: 2,
        ..LetterQuery::default()
    };
    let mut letters = engine.dead_letters(query.clone()).await.expect("readable");
    let after = letters.last().map(workflow_core::DeadLetter::id);
    let next = LetterQuery { after, ..query };
    letters.extend(engine.dead_letters(next).await.expect("readable"));
    assert_eq!(letters.len(), 3);
    for letter in &letters {
        assert_eq!((letter.event.seq, letter.status), (3, Some(422)));
        assert_eq!(letter.reason, "the endpoint answered 422");
    }

    let [first, second, third] = [0, 1, 2].map(|number: usize| letters[number].id());
    let found = "the endpoint answered 422".to_owned();
    let replayed = engine.replay_dead_letter(first.clone()).await;
    assert_eq!(replayed, Ok(Replayed::NotDelivered { found }));
    endpoint.answer(|_| Reply::status(200));
    let replayed = engine.replay_dead_letter(first.clone()).await;
    assert_eq!(replayed, Ok(Replayed::Delivered));
    assert_eq!(
        engine.replay_dead_letter(first.clone()).await,
        Ok(Replayed::Unknown)
    );
    assert_eq!(engine.discard_dead_letter(second).await, Ok(true));
    assert_eq!(engine.discard_dead_letter(first).await, Ok(false));

    let account = engine.tracker_stats("default").expect("a tracker").account;
    assert_eq!((account.delivered, account.quarantined), (16, 2));
    let left = engine
        .dead_letters(LetterQuery::default())
        .await
        .expect("readable");
    assert_eq!(
        left.iter()
            .map(workflow_core::DeadLetter::id)
            .collect::<Vec<_>>(),
        [third]
    );
    shut_down(engine, LONG).await;
    let expected = [("default".to_owned(), [18, 16, 0, 2, 0])];
    assert_eq!(accounts(folder.path()), expected);
}

#[tokio::test]
async fn who_waits_for_one_run_does_not_wait_for_another() {
    let folder = folder();
    let endpoint = Endpoint::start();
    let engine = engine(folder.path(), [named("default", &endpoint)]).await;
    let one = engine
        .start_new(pair, "x".to_owned())
        .await
        .expect("it starts");
    one.result().await.expect("it completes");
    let report = delivered(&one, LONG).await;
    assert!(report.is_complete());

    endpoint.close();
    let other = engine
        .start_new(pair, "x".to_owned())
        .await
        .expect("it starts");
    other.result().await.expect("it completes");
    let report = delivered(&one, LONG).await;
    assert!(report.is_complete());
    let report = delivered(&other, SHORT).await;
    assert_eq!(report.pending(), EVENTS as u64);
    endpoint.open();
    let report = delivered(&other, LONG).await;
    assert!(report.is_complete());
    shut_down(engine, LONG).await;
}

#[tokio::test]
async fn events_older_than_the_limit_are_dropped_and_counted() {
    let folder = folder();
    let endpoint = Endpoint::closed();
    let one = engine(folder.path(), [named("default", &endpoint)]).await;
    run(&one, 4).await;
    shut_down(one, SHORT).await;
    let old = ids(folder.path());
    endpoint.open();
    let impatient = named("default", &endpoint).expire_after(Duration::from_secs(3_600));
    // An hour and a second ago, as the file says.
    let file = rusqlite::Connection::open(folder.path().join("runs.db")).expect("the file");
    let aged = file.execute("UPDATE log SET recorded_at = recorded_at - 3601000", []);
    aged.expect("a table that can be written");
    drop(file);
    let two = engine(folder.path(), [impatient]).await;
    run(&two, 2).await;
    let all = ids(folder.path());
    let fresh = &all[old.len()..];
    let seen = endpoint.wait_for("the new events", |seen| seen.has_all(fresh));
    assert_eq!(seen.check(fresh), once_each(2 * EVENTS));
    shut_down(two, LONG).await;
    let expected = [("default".to_owned(), [36, 12, 0, 0, 24])];
    assert_eq!(accounts(folder.path()), expected);
}
