//! What a run costs in memory, by what it does.

use std::path::Path;
use std::time::Duration;

use crate::Outcome;
use crate::arguments::Arguments;
use crate::counts;
use crate::database::{Database, Durability};
use crate::load::{Until, closed_loop};
use crate::report::{Report, Row};
use crate::sleepers::megabytes;
use crate::workflows::{Gate, gated, steps_then_nap, three};

const RUNS: u64 = 10_000;

pub(crate) async fn of_runs(arguments: &Arguments, report: &mut Report) -> Outcome<()> {
    report.say(format!(
        "Memory: {RUNS} runs at once, every commit synced; above the same engine after {RUNS} runs that \
         have ended, so that caches and the allocator's pages are not counted."
    ));
    for (name, wait) in [
        ("executes a step", None),
        ("waits, future kept", Some(Duration::from_secs(50))),
        ("parked", Some(Duration::from_secs(3_600))),
    ] {
        if arguments.wants(name) {
            report.row(row(&arguments.folder, name, wait).await?)?;
        }
    }
    Ok(())
}

async fn row(folder: &Path, name: &str, wait: Option<Duration>) -> Outcome<Row> {
    let gate = Gate::closed();
    let with_gate = gate.clone();
    let build = |builder: workflow_core::EngineBuilder| builder.resource_arc(with_gate);
    let database = Database::with(folder, Durability::Full, build).await?;
    let engine = database.engine.clone();
    let warm = move |number| {
        let engine = engine.clone();
        async move {
            let run = engine.start(three, format!("warm-{number}"), number).await;
            let run = run.map_err(|error| error.to_string())?;
            run.result().await.map_err(|error| error.to_string())?;
            Ok(())
        }
    };
    closed_loop(256, Until::Runs(RUNS), 0, warm).await?;
    let before = counts::resident()?;
    counts::reset_peak()?;
    let engine = database.engine.clone();
    let run = move |number| {
        let engine = engine.clone();
        async move {
            let id = format!("run-{number}");
            let started = match wait {
                None => engine.start(gated, id, number).await.map(drop),
                Some(wait) => engine.start(steps_then_nap, id, (1, wait)).await.map(drop),
            };
            started.map_err(|error| error.to_string())
        }
    };
    closed_loop(256, Until::Runs(RUNS), 0, run).await?;
    match wait {
        None => gate.until_waiting(RUNS).await,
        // Long enough for the last ones to have come to rest.
        Some(_) => tokio::time::sleep(Duration::from_millis(500)).await,
    }
    let held = counts::resident()?.saturating_sub(before);
    let peak = counts::peak()?;
    let in_memory = database.engine.health().runs_in_memory;
    gate.let_pass();
    database.engine.shutdown(Duration::from_secs(5)).await;
    Ok(Row::new(name)
        .count("runs", RUNS)
        .count("in memory", in_memory as u64)
        .whole("bytes/run", super::steps::per(held, RUNS))
        .number("MB before", megabytes(before), 1)
        .number("MB peak", megabytes(peak), 1))
}
