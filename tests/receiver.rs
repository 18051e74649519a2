//! The example of a receiver, against a real engine: killed, sent events twice and out of order.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use workflow_core::prelude::*;
use workflow_core::store::MemoryStore;
use workflow_core::tracker::Pace;
use workflow_tests::endpoint::Endpoint;
use workflow_tests::story::PATIENCE;

use super::{cargo, folder_of_builds};

/// How many runs there are; each has twelve events.
const RUNS: u64 = 40;

#[expect(clippy::unused_async, reason = "a real step would wait for something")]
async fn work(number: u64) -> Result<u64> {
    Ok(number + 1)
}

#[workflow]
async fn errands(number: u64) -> Result<u64> {
    let mut number = number;
    for errand in 0..5_u32 {
        number = step!("errand", key = errand, work(number)).await?;
    }
    Ok(number)
}

/// The example as a process; killed when it is dropped.
struct Receiver(Child);

impl Receiver {
    fn start(program: &Path, address: &str, database: &Path) -> Self {
        let mut process = Command::new(program)
            .arg(address)
            .arg(database)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the receiver can be started");
        let output = process.stdout.take().expect("a pipe");
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).expect("a line");
        assert!(line.starts_with("listening on "), "{line}");
        Self(process)
    }

    /// SIGKILL, and nothing in between.
    fn kill(mut self) {
        self.0.kill().expect("it runs");
        self.0.wait().expect("it ends");
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Builds the example where this test was built, and gives the program.
fn built() -> PathBuf {
    let (target, profile, folder) = folder_of_builds();
    let status = cargo()
        .args([
            "build",
            "--quiet",
            "--profile",
            &profile,
            "--example",
            "receiver",
        ])
        .env("CARGO_TARGET_DIR", target)
        .status();
    assert!(status.expect("cargo can be started").success());
    folder.join("examples").join("receiver")
}

/// Posts events, and gives the line with the status.
fn post(address: &str, events: &[String]) -> String {
    let body = format!("{{\"events\":[{}]}}", events.join(","));
    let mut stream = TcpStream::connect(address).expect("the receiver listens");
    let length = body.len();
    write!(
        stream,
        "POST /events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer.lines().next().unwrap_or_default().to_owned()
}

fn column<T: rusqlite::types::FromSql>(database: &Path, query: &str) -> Vec<T> {
    let database = Connection::open(database).expect("the receiver's database");
    let mut query = database.prepare(query).expect("a query");
    let rows = query.query_map([], |row| row.get(0)).expect("rows");
    rows.collect::<Result<_, _>>().expect("values")
}

fn applied(database: &Path) -> u64 {
    column::<i64>(database, "SELECT count(*) FROM applied")[0].cast_unsigned()
}

/// Waits until so many events are applied; the pause only decides how soon the test goes on.
fn wait_for(database: &Path, events: u64) {
    let deadline = Instant::now() + PATIENCE;
    while applied(database) < events {
        assert!(
            Instant::now() < deadline,
            "waited {PATIENCE:?} for {events} events"
        );
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

/// Every run from 1 on, without a gap, each event once, in the order of its application.
fn assert_in_order(database: &Path) {
    let wrong: Vec<String> = column(
        database,
        "SELECT run_id || ': ' || seq FROM (SELECT run_id, seq, row_number() OVER \
         (PARTITION BY run_id ORDER BY nth) AS place FROM applied) WHERE seq <> place",
    );
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_receiver_applies_every_event_once_and_in_order_although_it_is_killed() {
    let program = built();
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("received.db");
    // Its port stays reserved for the receiver, which is started there again and again.
    let reserved = Endpoint::closed();
    let url = reserved.url();
    let address = url
        .trim_start_matches("http://")
        .trim_end_matches("/events");
    let mut receiver = Receiver::start(&program, address, &database);

    // Small requests, one for each lane at a time, so that a kill meets some on their way.
    let pace = Pace::default()
        .linger(Duration::ZERO)
        .batch_events_max(5)
        .retries(Duration::from_millis(5), Duration::from_millis(20));
    let tracker = HttpTracker::new(&url)
        .expect("an address of this machine")
        .pace(pace);
    let engine = Engine::builder()
        .store(MemoryStore::new())
        .tracker(tracker.from_beginning())
        .workflow(errands);
    let engine = engine.start().await.expect("it starts");
    let mut runs = Vec::new();
    for number in 0..RUNS {
        runs.push(
            engine
                .start(errands, format!("run-{number}"), number)
                .await
                .expect("it starts"),
        );
    }
    for kill in 1..=3 {
        wait_for(&database, kill * RUNS * 2);
        receiver.kill();
        receiver = Receiver::start(&program, address, &database);
    }
    for run in &runs {
        run.result().await.expect("it ends");
    }
    let report = engine.flush(PATIENCE).await.expect("there is a tracker");
    assert!(report.is_complete(), "{report:?}");
    let accepted = engine
        .tracker_stats("default")
        .expect("its tracker")
        .account
        .accepted;
    assert_eq!(accepted, RUNS * 12);
    assert_eq!(applied(&database), accepted);
    assert_in_order(&database);

    // All of it once more changes nothing.
    let events: Vec<String> = column(&database, "SELECT event FROM received ORDER BY event_id");
    for events in events.chunks(100) {
        assert_eq!(post(address, events), "HTTP/1.1 204 No Content");
    }
    assert_eq!(applied(&database), accepted);

    // What lies behind a gap waits for it.
    let event =
        |seq: u64| format!(r#"{{"eventId":"e{seq}","runId":"other","seq":{seq},"type":"t"}}"#);
    for (seq, then) in [(3, 0), (2, 0), (1, 3), (5, 3), (4, 5)] {
        assert_eq!(post(address, &[event(seq)]), "HTTP/1.1 204 No Content");
        assert_eq!(applied(&database), accepted + then, "after {seq}");
    }
    assert_in_order(&database);
    drop(receiver);
    engine.shutdown(Duration::ZERO).await;
}
