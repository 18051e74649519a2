//! The command `workflow`, as a process of its own, on the file of a running engine.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use workflow_core::prelude::*;
use workflow_core::store::{RequestKind, RunKey, SqliteStore, Store as _};
use workflow_core::{IntoCall, RunError, RunHandle, RunStatus};

/// Far more than anything takes.
const LONG: Duration = Duration::from_secs(60);

#[workflow]
async fn order(item: String) -> Result<String> {
    let packed = step!("pack", async { Ok::<_, Error>(format!("{item}, packed")) }).await?;
    sleep!("truck", "1 h").await;
    Ok(packed)
}

#[workflow]
async fn nap(what: String) -> Result<String> {
    sleep!("nap", "1 s").await;
    Ok(what)
}

#[workflow(name = "change")]
async fn before(pause: u64) -> Result<()> {
    step!("old", async { Ok::<_, Error>(()) }).await?;
    sleep!("pause", Duration::from_millis(pause)).await;
    Ok(())
}

#[workflow(name = "change")]
async fn after(pause: u64) -> Result<()> {
    step!("new", async { Ok::<_, Error>(()) }).await?;
    sleep!("pause", Duration::from_millis(pause)).await;
    Ok(())
}

struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn store(&self) -> SqliteStore {
        SqliteStore::open(self.path("shop.db")).expect("the store opens")
    }

    async fn engine(&self) -> Engine {
        let builder = Engine::builder().store(self.store());
        let builder = builder.workflow(order).workflow(nap).workflow(after);
        builder.start().await.expect("it starts")
    }

    /// Runs the command in a process of its own.
    async fn command(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_workflow"));
        command.args(words).current_dir(self.folder.path());
        let done = tokio::task::spawn_blocking(move || command.output());
        let done = tokio::time::timeout(LONG, done).await.expect("it ends");
        done.expect("no panic").expect("it runs")
    }

    async fn says(&self, words: &[&str]) -> String {
        let done = self.command(words).await;
        let errors = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{words:?}: {errors}");
        String::from_utf8(done.stdout).expect("it is text")
    }

    async fn refuses(&self, words: &[&str]) -> String {
        let done = self.command(words).await;
        assert_eq!(done.status.code(), Some(1), "{words:?}");
        String::from_utf8(done.stderr).expect("it is text")
    }
}

/// A run that was started and waits.
async fn waiting<F, M>(engine: &Engine, workflow: F, id: &str) -> RunHandle<String>
where
    F: IntoCall<M, In = String, Value = String>,
{
    let run = engine.start(workflow, id, "it".to_owned()).await;
    let run = run.expect("it starts");
    until(&run, RunStatus::Waiting).await;
    run
}

async fn end_of(run: &RunHandle<String>) -> Result<String, RunError> {
    let result = tokio::time::timeout(LONG, run.result()).await;
    result.expect("it ends")
}

async fn until<T>(run: &RunHandle<T>, status: RunStatus) {
    let reached = async {
        while run.status().await.expect("readable") != status {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONG, reached)
        .await
        .expect("it gets there");
}

fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_of_a_running_engine_are_listed_shown_signalled_and_cancelled() {
    let bench = Bench::new();
    let engine = bench.engine().await;
    let lamp = engine
        .start(order, "order-1", "lamp".to_owned())
        .await
        .expect("it starts");
    let short = engine
        .start(nap, "short", "it".to_owned())
        .await
        .expect("it starts");
    until(&lamp, RunStatus::Waiting).await;
    assert_eq!(end_of(&short).await.as_deref(), Ok("it"));

    let listed = bench.says(&["list", "shop.db"]).await;
    assert!(
        listed.contains("order/order-1") && listed.contains("nap/short"),
        "{listed}"
    );
    let some = bench
        .says(&["list", "shop.db", "--workflow", "order", "--json"])
        .await;
    let some = lines(&some);
    assert_eq!((some.len(), &some[0]["status"]), (1, &"waiting".into()));
    let none = bench
        .says(&["list", "shop.db", "--until", "2001-01-01T00:00:00Z"])
        .await;
    assert_eq!(none, "");
    let page = bench.says(&["list", "shop.db", "--max", "1"]).await;
    let before = page
        .lines()
        .last()
        .expect("a hint")
        .rsplit(' ')
        .next()
        .expect("a number");
    let next = bench
        .says(&["list", "shop.db", "--max", "1", "--before", before])
        .await;
    assert!(
        page.contains("short") && next.contains("order-1"),
        "{page}{next}"
    );

    let shown = bench.says(&["show", "shop.db", "order-1"]).await;
    for part in [
        "order/order-1  waiting",
        "step.completed",
        "pack #1",
        "workflow.paused",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let shown = lines(
        &bench
            .says(&["show", "shop.db", "order/order-1", "--json"])
            .await,
    );
    let seqs: Vec<_> = shown[1..]
        .iter()
        .filter_map(|event| event["seq"].as_u64())
        .collect();
    assert!(seqs.iter().copied().eq(1..=seqs.len() as u64), "{seqs:?}");

    bench
        .says(&["signal", "shop.db", "order-1", "hurry", "\"now\""])
        .await;
    let store = bench.store();
    let record = store.run(RunKey::Id(lamp.id())).await.expect("readable");
    let inbox = store
        .inbox(record.expect("it is there").run)
        .await
        .expect("readable");
    let hurry = RequestKind::Signal {
        name: "hurry".to_owned(),
        payload: b"\"now\"".to_vec(),
    };
    assert_eq!(inbox.first().map(|request| &request.kind), Some(&hurry));
    let late = bench
        .refuses(&["signal", "shop.db", "short", "hurry"])
        .await;
    assert!(late.contains("it has ended"), "{late}");
    bench
        .says(&["cancel", "shop.db", "order-1", "--reason", "sold out"])
        .await;
    let reason = Some("sold out".to_owned());
    assert_eq!(end_of(&lamp).await, Err(RunError::Cancelled { reason }));
    let twice = bench.refuses(&["cancel", "shop.db", "order-1"]).await;
    assert!(twice.contains("has ended, as cancelled"), "{twice}");

    let stats = lines(&bench.says(&["stats", "shop.db", "--json"]).await);
    assert_eq!(stats[0]["runs"]["completed"], 1);
    assert_eq!(stats[0]["runs"]["cancelled"], 1);
    let pid = format!("process {} ", std::process::id());
    assert!(
        stats[0]["executing"]
            .as_str()
            .is_some_and(|who| who.contains(&pid)),
        "{stats:?}"
    );
    assert_eq!(bench.says(&["letters", "shop.db"]).await, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_run_is_released_in_another_process() {
    let bench = Bench::new();
    let first = Engine::builder().store(bench.store()).workflow(before);
    let first = first.start().await.expect("it starts");
    let run = first.start(before, "one", 300).await.expect("it starts");
    until(&run, RunStatus::Waiting).await;
    first.shutdown(LONG).await;

    let engine = bench.engine().await;
    let run = engine.run(after, "one").await.expect("it is there");
    until(&run, RunStatus::Blocked).await;
    let blocked = run.events().await.expect("readable").len();
    bench.says(&["release", "shop.db", "change/one"]).await;
    let again = async {
        while run.events().await.expect("readable").len() < blocked + 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONG, again).await.expect("it goes on");
    until(&run, RunStatus::Blocked).await;
    let shown = bench.says(&["show", "shop.db", "one"]).await;
    assert!(shown.contains("by released"), "{shown}");
    engine
        .cancel(run.id(), None)
        .await
        .expect("it is cancelled");
    let refused = bench.refuses(&["release", "shop.db", "one"]).await;
    assert!(refused.contains("is not blocked"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_cancelled_while_nobody_executes_it() {
    let bench = Bench::new();
    let engine = bench.engine().await;
    waiting(&engine, order, "order-1").await;
    engine.shutdown(LONG).await;
    bench.says(&["cancel", "shop.db", "order-1"]).await;
    let listed = bench
        .says(&["list", "shop.db", "--status", "cancelled"])
        .await;
    assert!(listed.contains("order/order-1"), "{listed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_live_file_is_a_store_whose_runs_go_on() {
    let bench = Bench::new();
    let engine = bench.engine().await;
    let run = waiting(&engine, nap, "short").await;
    bench.says(&["backup", "shop.db", "copy.db"]).await;
    let again = bench.refuses(&["backup", "shop.db", "copy.db"]).await;
    assert!(again.contains("exists already"), "{again}");
    engine
        .cancel(run.id(), None)
        .await
        .expect("it is cancelled");

    let copy = SqliteStore::open(bench.path("copy.db")).expect("it is a store");
    let second = Engine::builder().store(copy).workflow(nap);
    let second = second.start().await.expect("it starts");
    let run = second.run(nap, "short").await.expect("it is there");
    assert_eq!(end_of(&run).await.as_deref(), Ok("it"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mistakes_are_told_in_words() {
    let bench = Bench::new();
    let engine = bench.engine().await;
    engine
        .start(order, "order-1042", "lamp".to_owned())
        .await
        .expect("it starts");
    let write =
        |name: &str, text: &str| std::fs::write(bench.path(name), text).expect("it is written");
    write(
        "notes.txt",
        "this is no database, and it is long enough to be looked at",
    );
    write("empty.db", "");
    let cases: [(&[&str], &str); 10] = [
        (&["list", "absent.db"], "there is no file absent.db"),
        (&["list", "empty.db"], "it is no store"),
        (&["list", "notes.txt"], "notes.txt"),
        (
            &["show", "shop.db", "order-1024"],
            "similar are `order/order-1042`",
        ),
        (&["show", "shop.db", "xyz"], "there is no run `xyz`"),
        (&["show", "shop.db"], "needs a RUN"),
        (
            &["list", "shop.db", "--status", "done"],
            "`done` is no status; there are queued",
        ),
        (&["list", "shop.db", "--colour"], "no option `--colour`"),
        (&["dance", "shop.db"], "no command `dance`"),
        (&["signal", "shop.db", "order-1042", "x", "{"], "is no JSON"),
    ];
    for (words, expected) in cases {
        let said = bench.refuses(words).await;
        assert!(said.contains(expected), "{words:?}: {said}");
    }
    assert!(!Path::new(&bench.path("absent.db")).exists());
    let help = bench.says(&["--help"]).await;
    assert!(help.contains("workflow list FILE"), "{help}");
}
