//! What a run costs in memory, by what it does.

use std::time::Duration;

use workflow_core::{Engine, EngineBuilder};

use crate::Outcome;
use crate::arguments::Arguments;
use crate::child::{Task, word};
use crate::counts;
use crate::database::{Database, Durability};
use crate::load::{Until, closed_loop};
use crate::report::{Report, Row};
use crate::sleepers::megabytes;
use crate::workflows::{Gate, gated, steps_then_nap, three};

const RUNS: u64 = 10_000;

/// What the runs do, and for how long they wait if they wait.
const KINDS: [(&str, Option<Duration>); 3] = [
    ("executes a step", None),
    ("waits, future kept", Some(Duration::from_secs(50))),
    ("parked", Some(Duration::from_secs(3_600))),
];

pub(crate) fn of_runs(arguments: &Arguments, report: &mut Report) -> Outcome<()> {
    report.say(format!(
        "Memory: {RUNS} runs at once, every commit synced, each row in a process of its own; above the same \
         engine after {RUNS} runs that have ended, so that caches and the allocator's pages are not counted."
    ));
    let folder = arguments
        .folder
        .to_str()
        .ok_or("the folder's name is no text")?;
    for (name, _) in KINDS {
        if arguments.wants(name) {
            let child = Task::Memory.command(&[], &[folder, name])?.output()?;
            let said = String::from_utf8_lossy(&child.stdout);
            let numbers: Vec<u64> = said.split_whitespace().flat_map(str::parse).collect();
            let [in_memory, held, before, peak] = numbers[..] else {
                let why = String::from_utf8_lossy(&child.stderr);
                return Err(format!("the process that measures `{name}` said: {said}{why}").into());
            };
            report.row(
                Row::new(name)
                    .count("runs", RUNS)
                    .count("in memory", in_memory)
                    .whole("bytes/run", super::steps::per(held, RUNS))
                    .number("MB before", megabytes(before), 1)
                    .number("MB peak", megabytes(peak), 1),
            )?;
        }
    }
    Ok(())
}

/// Measures one kind, and prints: runs in memory, bytes held by them, bytes before, bytes at most.
pub(crate) async fn child(about: &[String]) -> Outcome<()> {
    let (folder, name) = (word(about, 0)?, word(about, 1)?);
    let kind = KINDS.into_iter().find(|(kind, _)| *kind == name);
    let (_, wait) = kind.ok_or("there is no such kind of run")?;
    let gate = Gate::closed();
    let with_gate = gate.clone();
    let build = |builder: EngineBuilder| builder.resource_arc(with_gate);
    let database = Database::with(folder.as_ref(), Durability::Full, build).await?;
    let engine = database.engine.clone();
    closed_loop(256, Until::Runs(RUNS), 0, move |number| {
        warm(engine.clone(), number)
    })
    .await?;
    let before = counts::resident()?;
    counts::reset_peak()?;
    let engine = database.engine.clone();
    closed_loop(256, Until::Runs(RUNS), 0, move |number| {
        start(engine.clone(), wait, number)
    })
    .await?;
    match wait {
        None => gate.until_waiting(RUNS).await,
        // Long enough for the last ones to have come to rest.
        Some(_) => tokio::time::sleep(Duration::from_millis(500)).await,
    }
    let held = counts::resident()?.saturating_sub(before);
    let in_memory = database.engine.health().runs_in_memory;
    println!("{in_memory} {held} {before} {}", counts::peak()?);
    gate.let_pass();
    database.engine.shutdown(Duration::from_secs(5)).await;
    Ok(())
}

async fn warm(engine: Engine, number: u64) -> Result<(), String> {
    let run = engine.start(three, format!("warm-{number}"), number).await;
    let run = run.map_err(|error| error.to_string())?;
    run.result().await.map_err(|error| error.to_string())?;
    Ok(())
}

async fn start(engine: Engine, wait: Option<Duration>, number: u64) -> Result<(), String> {
    let id = format!("run-{number}");
    let started = match wait {
        None => engine.start(gated, id, number).await.map(drop),
        Some(wait) => engine.start(steps_then_nap, id, (1, wait)).await.map(drop),
    };
    started.map_err(|error| error.to_string())
}
