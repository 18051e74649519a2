//! Secrets are planted wherever a program may hold them, and searched for wherever they could go.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use workflow_core::prelude::*;
use workflow_core::store::SqliteStore;
use workflow_core::tracker::{DeliveryReport, EventLog as _, LetterQuery, Pace};
use workflow_core::{RunHandle, RunQuery};
use workflow_tests::endpoint::{Endpoint, Received, Reply};
use workflow_tests::story::PATIENCE;

use super::search::contents;
use super::{lines, tracker};

/// What must be found in the journal, because replay needs it, and nowhere else.
const IN_THE_JOURNAL: [&str; 11] = [
    "s3c-card",
    "s3c-key",
    "s3c-note",
    "s3c-error",
    "s3c-user",
    "s3c-query",
    "s3c-cause",
    "s3c-panic",
    "s3c-output",
    "s3c-result",
    "s3c-body",
];

/// What must be found nowhere.
const NOWHERE: [&str; 6] = [
    "s3c-cancel",
    "s3c-drop",
    "s3c-tracker-user",
    "s3c-tracker-password",
    "s3c-tracker-query",
    "s3c-header",
];

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Order {
    card: Sensitive<String>,
    api_key: String,
    note: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Receipt {
    number: u32,
    #[serde(rename = "accessToken")]
    token: String,
}

/// A bank that says too much.
#[derive(Default)]
struct Bank {
    calls: AtomicU32,
}

#[derive(Debug)]
struct Refused(std::io::Error);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            "login with password=s3c-error failed at \
             https://me:s3c-user@bank.example/login?code=s3c-query",
        )
    }
}

impl std::error::Error for Refused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl Bank {
    async fn charge(&self, order: &Order) -> Result<Receipt> {
        assert_eq!(order.card.expose(), "s3c-card");
        match self.calls.fetch_add(1, Ordering::Relaxed) {
            0 => Err(Refused(std::io::Error::other(r#"{"token":"s3c-cause"}"#)).into()),
            1 => panic!("Session {{ token: Some(\"s3c-panic\") }} is broken"),
            number => Ok(Receipt {
                number,
                token: "s3c-output".to_owned(),
            }),
        }
    }
}

#[workflow]
async fn buy(order: Order, #[resource] bank: &Bank) -> Result<String> {
    let refused = step!("ask", bank.charge(&order)).await;
    let error = refused.expect_err("the first call is refused");
    assert!(error.chain()[0].contains("s3c-cause"));
    let retry = Retry::constant("1ms").times(3);
    let receipt = step!("charge", retry = retry, bank.charge(&order)).await?;
    assert_eq!(receipt.token, "s3c-output");
    Ok(format!(
        "{}: Authorization: Bearer s3c-result",
        receipt.number
    ))
}

#[workflow]
async fn breaks() -> Result<()> {
    panic!("no cookie: s3c-body")
}

/// Says too much when it is dropped.
struct Clumsy;

impl Drop for Clumsy {
    fn drop(&mut self) {
        panic!("dropped with password=s3c-drop");
    }
}

#[workflow]
async fn waits() -> Result<()> {
    let _clumsy = Clumsy;
    sleep!("for-ever", "1 day").await;
    Ok(())
}

/// An engine with an ordinary tracker and one that wants everything, whose configuration is
/// full of secrets; and the builder as it shows itself.
async fn engine(store: &Path, ordinary: &Endpoint, curious: &Endpoint) -> (Engine, String) {
    let secretive = curious.url().replace(
        "127.0.0.1",
        "s3c-tracker-user:s3c-tracker-password@127.0.0.1",
    );
    let pace = Pace::default()
        .retries(Duration::from_millis(1), Duration::from_millis(2))
        .probes(Duration::from_millis(1), Duration::from_millis(2));
    let secretive = HttpTracker::new(&format!("{secretive}?sig=s3c-tracker-query"))
        .and_then(|tracker| tracker.header("x-shop", "s3c-header"))
        .expect("a good configuration")
        .name("curious")
        .capture(Capture::Full)
        .timeout(Duration::from_millis(300))
        .pace(pace)
        .from_beginning();
    let debug = format!("{secretive:?}");
    let builder = Engine::builder()
        .store(SqliteStore::open(store).expect("a new file"))
        .tracker(tracker(ordinary, "ordinary", Capture::WhereAsked))
        .tracker(secretive)
        .resource(Bank::default())
        .workflow(buy)
        .workflow(breaks)
        .workflow(waits);
    let debug = format!("{debug}\n{builder:?}");
    (builder.start().await.expect("it starts"), debug)
}

/// What an engine and a run's handle show of themselves.
async fn debug_of<T>(engine: &Engine, run: &RunHandle<T>) -> String {
    let events = engine.events(run.id()).await.expect("it has events");
    let records = engine
        .runs(RunQuery::default())
        .await
        .expect("there are runs");
    let mut shown = format!(
        "{engine:?}\n{run:?}\n{events:?}\n{records:?}\n{:?}\n",
        engine.health()
    );
    for name in ["ordinary", "curious"] {
        let _ = writeln!(shown, "{:?}", engine.tracker_stats(name));
    }
    shown
}

/// Refuses what steps failed with, whole, and says in the answer what it was sent.
fn refuse_failures(request: &Received) -> Reply {
    let mut events = request.events.iter();
    if events.any(|event| event.event_type == "step.failed" && !event.tombstone) {
        return Reply::with_body(400, &String::from_utf8_lossy(&request.body));
    }
    Reply::status(200)
}

/// The dead letters in a file, as they show themselves.
async fn dead_letters(path: &Path) -> String {
    let store = SqliteStore::open(path).expect("it is closed");
    let letters = store.dead_letters(LetterQuery::default()).await;
    let letters = letters.expect("they can be listed");
    assert_eq!(letters.len(), 2, "{letters:?}");
    format!("{letters:#?}")
}

fn absent(place: &str, text: &str) {
    for secret in IN_THE_JOURNAL.iter().chain(&NOWHERE) {
        if let Some(at) = text.find(secret) {
            let begin = at.saturating_sub(200);
            let end = (at + 100).min(text.len());
            panic!(
                "{secret} in {place}: …{}…",
                String::from_utf8_lossy(&text.as_bytes()[begin..end])
            );
        }
    }
}

fn bodies(endpoint: &Endpoint) -> String {
    let seen = endpoint.seen();
    let bodies = seen.requests().iter().map(|request| &request.body);
    bodies
        .map(|body| String::from_utf8_lossy(body).into_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_secret_is_found_in_the_journal_and_nowhere_else() {
    lines::keep_all();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("runs.db");
    let (ordinary, curious) = (Endpoint::start(), Endpoint::start());
    curious.then([
        Reply::status(500),
        Reply::garbage(),
        Reply::close(),
        Reply::hang(),
        Reply::status(302),
        Reply::status(401),
    ]);
    curious.answer(refuse_failures);
    let (engine, mut debug) = engine(&path, &ordinary, &curious).await;
    let order = Order {
        card: Sensitive::new("s3c-card".to_owned()),
        api_key: "s3c-key".to_owned(),
        note: "see postgres://me:s3c-note@db/shop".to_owned(),
    };
    let start = engine.start(buy, "order-1", order);
    let _ = writeln!(debug, "{start:?}");
    let bought = start.await.expect("it starts");
    let result = bought.result().await.expect("it is bought");
    assert!(result.contains("s3c-result"), "{result}");
    let broken = engine
        .start(breaks, "order-2", ())
        .await
        .expect("it starts");
    broken.result().await.expect_err("it breaks");
    let waiting = engine.start(waits, "order-3", ()).await.expect("it starts");
    let reason = "client_secret=s3c-cancel".to_owned();
    engine
        .cancel(waiting.id(), reason)
        .await
        .expect("it is cancelled");
    waiting.result().await.expect_err("it was cancelled");
    for _ in 0..3 {
        debug += &debug_of(&engine, &bought).await;
        debug += &debug_of(&engine, &broken).await;
        engine.flush(PATIENCE).await.expect("there are trackers");
    }
    let shutdown = engine.shutdown(PATIENCE).await;
    let _ = writeln!(debug, "{shutdown:?} {shutdown}");
    let complete = shutdown
        .delivery
        .as_ref()
        .is_some_and(DeliveryReport::is_complete);
    assert!(complete, "{shutdown:?}");

    let stored = contents(&path);
    for secret in IN_THE_JOURNAL {
        assert!(stored.journal.contains(secret), "{secret} was not planted");
    }
    let seen = curious.seen();
    let head = &seen.requests()[0];
    assert!(head.request_line.contains("s3c-tracker-query"));
    assert_eq!(head.header("x-shop"), Some("s3c-header"));
    let lines = lines::so_far();
    for line in ["delivery fails", "destructor panicked"] {
        assert!(lines.contains(line), "no line says `{line}`: {lines}");
    }
    let shown = super::values(&curious);
    assert!(shown.contains(r#""accessToken":"[redacted]""#), "{shown}");
    assert_eq!(super::values(&ordinary), "");

    absent("the tables", &stored.shown);
    absent("the dead letters", &dead_letters(&path).await);
    absent("the log", &lines);
    absent("debug output", &debug);
    absent("what the ordinary endpoint received", &bodies(&ordinary));
    absent("what the curious endpoint received", &bodies(&curious));
}
