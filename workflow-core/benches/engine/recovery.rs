//! W4: a process is killed with runs in flight; another one ends them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use workflow_core::store::{SqliteStore, Store as _};
use workflow_core::{Engine, RunQuery, RunStatus};

use crate::Outcome;
use crate::arguments::Arguments;
use crate::child::{Task, word};
use crate::load::{Until, closed_loop};
use crate::report::{Report, Row};
use crate::workflows::{self, Gate, gated};

pub(crate) async fn w4(arguments: &Arguments, report: &mut Report) -> Outcome<()> {
    report.say(
        "W4: SIGKILL while so many runs execute their second step of three. Time from opening the file \
         until the last run has ended, every commit synced.",
    );
    for &runs in &arguments.kills {
        let folder = tempfile::tempdir_in(&arguments.folder)?;
        let path = folder.path().join("runs.db");
        let starts = start_and_kill(&path, runs)?;
        let (ready, all) = recover(&path, runs).await?;
        report.row(
            Row::new(format!("FULL {runs}"))
                .count("runs", runs)
                .number("started in ms", ready.as_secs_f64() * 1e3, 1)
                .number("all done in s", all.as_secs_f64(), 3)
                .whole("runs/s", super::steps::per(runs, 1) / all.as_secs_f64())
                .number("victim's starts s", starts.as_secs_f64(), 2),
        )?;
    }
    Ok(())
}

/// Starts a process, lets it bring its runs to the gate, and kills it.
fn start_and_kill(path: &Path, runs: u64) -> Outcome<Duration> {
    let begun = Instant::now();
    let file = path.to_str().ok_or("the folder's name is no text")?;
    let mut command = Task::Victim.command(&[], &[file, &runs.to_string()])?;
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let stdout = child.stdout.take().ok_or("the child has no output")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    let took = begun.elapsed();
    child.kill()?;
    child.wait()?;
    if line.trim() != "ready" {
        return Err(format!("the process to kill said `{line}`").into());
    }
    Ok(took)
}

/// Opens the file and drives everything to its end.
async fn recover(path: &Path, runs: u64) -> Outcome<(Duration, Duration)> {
    let begun = Instant::now();
    let store = std::sync::Arc::new(SqliteStore::open(path)?);
    let builder = workflows::register(Engine::builder().store_arc(store.clone()));
    let engine = builder.start().await?;
    let ready = begun.elapsed();
    // Looks at the runs themselves and not at the table, which would compete with the engine.
    for number in 0..runs {
        let run = engine.run(gated, &format!("run-{number}")).await?;
        run.result().await?;
    }
    let all = begun.elapsed();
    let mut left = RunQuery::default();
    left.status = Some(RunStatus::Running);
    if !store.runs(left).await?.is_empty() {
        return Err("runs are left that did not end".into());
    }
    engine.shutdown(Duration::from_secs(5)).await;
    Ok((ready, all))
}

/// The process that is to be killed: brings the runs to the gate, says so, and waits for the end.
pub(crate) async fn victim(about: &[String]) -> Outcome<()> {
    let runs = word(about, 1)?.parse()?;
    let gate = Gate::closed();
    let store = SqliteStore::open(word(about, 0)?)?;
    let builder = workflows::register(Engine::builder().store(store));
    let engine = builder.resource_arc(gate.clone()).start().await?;
    let start = engine.clone();
    let run = move |number| {
        let engine = start.clone();
        async move {
            let started = engine.start(gated, format!("run-{number}"), number).await;
            started.map(drop).map_err(|error| error.to_string())
        }
    };
    closed_loop(256, Until::Runs(runs), 0, run).await?;
    gate.until_waiting(runs).await;
    println!("ready");
    std::io::stdout().flush()?;
    std::future::pending().await
}
