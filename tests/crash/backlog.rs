//! A large backlog at the start: ready at once, with little memory, the oldest first.

use std::collections::BTreeMap;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use workflow_core::store::SqliteStore;
use workflow_core::tracker::{EventLog as _, OpenCursor, StartAt};
use workflow_core::{Engine, HttpTracker};
use workflow_tests::endpoint::Reply;

use crate::child::{Role, say};
use crate::lab::{LONG, Lab, Site};
use crate::number;

/// The events of one run of the backlog.
const EVENTS_A_RUN: u64 = 4;
const READY_WITHIN_MS: u64 = 1_000;
/// How much more memory a large backlog may take than a small one.
const MEMORY_MAX_KB: u64 = 32 * 1024;

#[test]
fn a_backlog_of_50_000_events_is_no_burden() {
    deliver_all(50_000);
}

#[test]
#[ignore = "long: a million pending events; WORKFLOW_BACKLOG sets the number"]
fn a_backlog_of_a_million_events_is_no_burden() {
    deliver_all(number("WORKFLOW_BACKLOG").unwrap_or(1_000_000));
}

/// What a process needed for a backlog.
#[derive(Clone, Copy, Debug)]
struct Need {
    ready_ms: u64,
    memory_kb: u64,
    took: Duration,
}

fn deliver_all(events: u64) {
    let small = deliver(1_000);
    let large = deliver(events);
    println!(
        "ready after {} ms, {} KB of memory, {:.0} events/s; with 1,000 pending events {} ms and {} KB",
        large.ready_ms,
        large.memory_kb,
        Duration::from_secs(events).as_secs_f64() / large.took.as_secs_f64(),
        small.ready_ms,
        small.memory_kb,
    );
    assert!(large.ready_ms < READY_WITHIN_MS, "{large:?}");
    let more = large.memory_kb.saturating_sub(small.memory_kb);
    assert!(more < MEMORY_MAX_KB, "{small:?}, {large:?}");
}

/// Has a process deliver so many events, which it finds in the database.
fn deliver(events: u64) -> Need {
    let lab = Lab::new();
    fill(&lab, events / EVENTS_A_RUN);
    let (sender, arrived) = channel();
    lab.endpoint.keep_nothing();
    check_order(&lab, sender);
    let began = Instant::now();
    let child = lab.start(Role::Deliver);
    let figure = |text: String| text.parse::<u64>().expect("a number");
    let ready_ms = figure(child.hear("ready "));
    let mut received = 0;
    while received < events {
        let more = arrived.recv_timeout(LONG);
        received += more.unwrap_or_else(|_| panic!("only {received} of {events} events arrived"));
    }
    let took = began.elapsed();
    let memory_kb = figure(child.hear("memory "));
    child.succeed();
    assert_eq!(received, events, "nothing twice");
    let counted = Connection::open(&lab.traces.database).expect("the database opens");
    let account = "SELECT accepted, delivered, pending FROM accounts";
    let account = counted.query_row(account, [], |row| {
        let counts = [row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?];
        Ok(counts.map(i64::cast_unsigned))
    });
    assert_eq!(account.expect("there is one tracker"), [events, events, 0]);
    Need {
        ready_ms,
        memory_kb,
        took,
    }
}

/// Within a lane the older run comes first, and each run's events in their order.
fn check_order(lab: &Lab, arrived: Sender<u64>) {
    let mut last: BTreeMap<u128, (u128, u64)> = BTreeMap::new();
    lab.endpoint.answer(move |request| {
        for event in &request.events {
            let run = event.run_id.as_u128();
            let place = (run, event.seq);
            let before = last.insert(run % 16, place);
            if before.is_some_and(|before| before >= place) {
                // The test ends with what is missing.
                return Reply::status(500);
            }
        }
        let _ = arrived.send(request.events.len() as u64);
        Reply::status(200)
    });
}

/// Puts finished runs into the database, whose events nobody has delivered.
fn fill(lab: &Lab, runs: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let store = SqliteStore::open(&lab.traces.database).expect("the database opens");
    let open = store.open_cursor(OpenCursor::new("default", StartAt::End));
    let opened = runtime.expect("a runtime starts").block_on(open);
    opened.expect("the cursor opens");
    drop(store);
    let database = Connection::open(&lab.traces.database).expect("the database opens");
    let fill = format!(
        "PRAGMA synchronous = OFF;
         BEGIN;
         INSERT INTO runs (run_no, run_id, workflow, user_id, input_digest, fingerprint, status,
             lane, execution, created_at, finished_at)
         WITH RECURSIVE run (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM run WHERE n < {runs} - 1)
         SELECT n + 1, unhex(printf('%032x', n)), 'backlog', printf('run-%d', n), zeroblob(32), 0,
             'completed', n % 16, 1, 0, 0 FROM run;
         INSERT INTO log (run_no, seq, turn, lane, pos, event_id, type, occurred_at, recorded_at,
             format, fields)
         SELECT run_no, seq, seq, lane, (run_no - 1) / 16 * {EVENTS_A_RUN} + seq,
             unhex(printf('%016x%016x', run_no, seq)), type, 0, 0, 1, fields
         FROM runs, (SELECT 1 AS seq, 'workflow.started' AS type, '{{}}' AS fields
             UNION ALL SELECT 2, 'step.started', '{{\"stepName\":\"a\",\"attempt\":1}}'
             UNION ALL SELECT 3, 'step.completed', '{{\"stepName\":\"a\",\"attempt\":1}}'
             UNION ALL SELECT 4, 'workflow.completed', '{{\"completedSteps\":[\"a\"]}}');
         UPDATE lanes SET head = (SELECT count(*) FROM log WHERE log.lane = lanes.lane);
         COMMIT; PRAGMA wal_checkpoint(TRUNCATE);"
    );
    database.execute_batch(&fill).expect("it is filled");
}

/// The child: delivers everything that it finds, and says how soon it was ready and how much
/// memory it took.
pub(crate) async fn run(site: &Site) {
    let began = Instant::now();
    let store = SqliteStore::open(site.traces().database).expect("the database opens");
    let tracker = HttpTracker::new(&site.url).expect("a local url");
    let engine = Engine::builder().store(store).tracker(tracker);
    let engine = engine.start().await.expect("an engine starts");
    say(format!("ready {}", began.elapsed().as_millis()));
    while !engine.flush(LONG).await.expect("it delivers").is_complete() {}
    say(format!("memory {}", memory_kb()));
    engine.shutdown(LONG).await;
}

/// The most memory that this process has had.
pub(crate) fn memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix("kB"));
    // Where the system does not say it, nothing is compared.
    number.map_or(0, |number| number.trim().parse().expect("a number"))
}
