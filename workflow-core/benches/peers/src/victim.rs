//! W4: a process is killed with runs in flight; this one ends them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::arguments::Arguments;
use crate::load::{Until, closed_loop};
use crate::system::{AT_THE_GATE, GATE_CLOSED, Kind, System};

const STEPS: u64 = 3;

pub async fn recover(arguments: &Arguments) -> Outcome<()> {
    let folder = tempfile::tempdir_in(&arguments.folder)?;
    let path = folder.path().join("runs.db");
    kill_with_runs_in_flight(arguments, &path)?;
    let begun = Instant::now();
    let system = System::open(arguments.system, &path).await?;
    system.recover().await?;
    for number in 0..arguments.runs {
        system.wait(&format!("run-{number}")).await?;
    }
    let line = serde_json::json!({
        "part": "w4",
        "system": arguments.system.name(),
        "runs": arguments.runs,
        "all done in s": begun.elapsed().as_secs_f64(),
    });
    println!("{line}");
    Ok(())
}

fn kill_with_runs_in_flight(arguments: &Arguments, path: &Path) -> Outcome<()> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["victim", arguments.system.name()])
        .arg(path)
        .args(["--runs", &arguments.runs.to_string()])
        .stdout(Stdio::piped())
        .spawn()?;
    let stdout = child.stdout.take().ok_or("the child has no output")?;
    // It may log to its output as well.
    let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
    let is_ready = lines.any(|line| line == "ready");
    child.kill()?;
    child.wait()?;
    if is_ready {
        Ok(())
    } else {
        Err("the process to kill ended by itself".into())
    }
}

/// Starts runs, brings as many as there are workers to their second step, says so, waits to be killed.
pub async fn run(arguments: &Arguments, path: &Path) -> Outcome<()> {
    GATE_CLOSED.store(true, Ordering::Relaxed);
    let system = System::open(arguments.system, path).await?;
    let start = system.clone();
    closed_loop(16, Until::Runs(arguments.runs), 0, move |number| {
        let system = start.clone();
        async move { system.start(&format!("run-{number}"), STEPS).await }
    })
    .await?;
    // Where steps are executed by a pool of workers, so many are executed at once and no more.
    let at_once = match arguments.system {
        Kind::Duroxide => 2,
        _ => arguments.runs,
    };
    while AT_THE_GATE.load(Ordering::Relaxed) < at_once.min(arguments.runs) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    println!("ready");
    std::io::stdout().flush()?;
    std::future::pending().await
}
