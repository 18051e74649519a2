//! How cost grows: with the history of a run, with what lies in the file, with the payload, with
//! how much happens at once.

use std::path::Path;
use std::time::{Duration, Instant};

use workflow_core::testing::TestClock;
use workflow_core::{Engine, RunStatus};

use crate::Outcome;
use crate::arguments::Arguments;
use crate::database::{Database, Durability};
use crate::load::{Until, closed_loop};
use crate::plot::{Chart, Series};
use crate::report::{Report, Row};
use crate::workflows::{family, many, nap, payload, steps_then_nap, three};

pub(crate) async fn all(arguments: &Arguments, report: &mut Report) -> Outcome<()> {
    let mut charts = Vec::new();
    if arguments.wants("replay") {
        charts.push(replay(arguments, report).await?);
    }
    if arguments.wants("history") {
        charts.push(history(arguments, report).await?);
    }
    if arguments.wants("children") {
        charts.push(children(arguments, report).await?);
    }
    if arguments.wants("file") {
        charts.push(file(arguments, report).await?);
    }
    if arguments.wants("payload") {
        charts.push(payloads(arguments, report).await?);
    }
    if arguments.wants("width") {
        charts.push(crate::width::all(arguments, report).await?);
    }
    let path = arguments.folder.join("growth.svg");
    crate::plot::draw(&path, &charts)?;
    report.say(format!("drawn in {}", path.display()));
    Ok(())
}

/// A parked run wakes: its log is read and replayed.
async fn replay(arguments: &Arguments, report: &mut Report) -> Outcome<Chart> {
    report.say("Replay: a parked run wakes and ends; in memory, so that no sync hides the cost.");
    let mut series = Series::new("µs an event");
    for steps in [5, 50, 500, 5_000] {
        let took = replayed(&arguments.folder, steps).await?;
        let events = 2 * steps + 2;
        let each = took.as_secs_f64() * 1e6 / super::steps::per(events, 1);
        series.point(super::steps::per(events, 1), each);
        report.row(
            Row::new(format!("replay {events}"))
                .count("events", events)
                .number("ms", took.as_secs_f64() * 1e3, 2)
                .number("µs/event", each, 2),
        )?;
    }
    Ok(Chart::new("replay", "events in the history", vec![series]))
}

/// How long a parked run with so many steps behind it takes from its wake-up to its end.
pub(crate) async fn replayed(folder: &Path, steps: u64) -> Outcome<Duration> {
    const HOUR: Duration = Duration::from_secs(3_600);
    let clock = TestClock::manual();
    let with_clock = std::sync::Arc::new(clock.clone());
    let build = |builder: workflow_core::EngineBuilder| builder.clock(with_clock);
    let database = Database::with(folder, Durability::Memory, build).await?;
    let run = database
        .engine
        .start(steps_then_nap, "replayed", (steps, HOUR));
    let run = run.await?;
    // One whose future is still kept would go on without a replay.
    while run.status().await? != RunStatus::Waiting || database.engine.health().runs_in_memory > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let begun = Instant::now();
    clock.advance(HOUR);
    run.result().await?;
    let took = begun.elapsed();
    database.engine.shutdown(Duration::from_secs(5)).await;
    Ok(took)
}

/// The cost of a step late in a long run.
async fn history(arguments: &Arguments, report: &mut Report) -> Outcome<Chart> {
    report.say("History: one run of so many steps, from its start to its end.");
    let mut all = Vec::new();
    for durability in [Durability::Full, Durability::Memory] {
        let mut series = Series::new(&format!("µs a step, {durability}"));
        for steps in [10, 100, 1_000, 5_000] {
            let database = Database::new(&arguments.folder, durability).await?;
            let begun = Instant::now();
            let run = database.engine.start(many, "long", steps).await?;
            run.result().await?;
            let each = begun.elapsed().as_secs_f64() * 1e6 / super::steps::per(steps, 1);
            database.engine.shutdown(Duration::from_secs(5)).await;
            series.point(super::steps::per(steps, 1), each);
            report.row(
                Row::new(format!("{durability}"))
                    .count("steps", steps)
                    .number("µs/step", each, 1),
            )?;
        }
        all.push(series);
    }
    Ok(Chart::new("history", "steps in the run", all))
}

/// A run that waits for many children at once.
async fn children(arguments: &Arguments, report: &mut Report) -> Outcome<Chart> {
    report
        .say("Children: a run that starts so many children of one step at once and waits for all.");
    let mut all = Vec::new();
    for durability in [Durability::Full, Durability::Memory] {
        let mut series = Series::new(&format!("µs a child, {durability}"));
        for children in [10, 100, 1_000, 5_000] {
            let database = Database::new(&arguments.folder, durability).await?;
            let begun = Instant::now();
            let run = database.engine.start(family, "family", children).await?;
            run.result().await?;
            let each = begun.elapsed().as_secs_f64() * 1e6 / super::steps::per(children, 1);
            database.engine.shutdown(Duration::from_secs(5)).await;
            series.point(super::steps::per(children, 1), each);
            report.row(
                Row::new(format!("{durability}"))
                    .count("children", children)
                    .number("µs/child", each, 1),
            )?;
        }
        all.push(series);
    }
    Ok(Chart::new("children", "children of a run", all))
}

/// W1 beside finished and sleeping runs in the same file.
async fn file(arguments: &Arguments, report: &mut Report) -> Outcome<Chart> {
    report.say("File: W1 with 64 callers, while so many other runs lie in the file.");
    let mut all = Vec::new();
    for kind in ["finished", "asleep"] {
        let database = Database::new(&arguments.folder, Durability::Full).await?;
        let mut series = Series::new(&format!("µs a run, {kind}"));
        let mut there = 0;
        for wanted in [1_000, arguments.finished / 10, arguments.finished] {
            let engine = database.engine.clone();
            let fill = move |number| filler(engine.clone(), kind, number);
            let more = Until::Runs(wanted.saturating_sub(there));
            closed_loop(256, more, there, fill).await?;
            there = wanted.max(there);
            let engine = database.engine.clone();
            let run = move |number| w1(engine.clone(), wanted, number);
            let until = Until::Passed(arguments.during);
            let measured = closed_loop(64, until, 0, run).await?;
            let each = 1e6 / measured.per_second();
            series.point(super::steps::per(there, 1), each);
            report.row(
                Row::new(kind)
                    .count("runs in the file", there)
                    .whole("runs/s", measured.per_second())
                    .number("p99 ms", measured.latencies.p99_ms(), 2),
            )?;
        }
        database.engine.shutdown(Duration::from_secs(5)).await;
        all.push(series);
    }
    Ok(Chart::new("file", "runs in the file", all))
}

async fn filler(engine: Engine, kind: &str, number: u64) -> Result<(), String> {
    let id = format!("{kind}-{number}");
    let said = |error: &dyn std::error::Error| error.to_string();
    if kind == "asleep" {
        let started = engine.start(nap, id, number).await;
        return started.map(drop).map_err(|error| said(&error));
    }
    let run = engine.start(many, id, 1).await;
    let run = run.map_err(|error| said(&error))?;
    run.result().await.map_err(|error| said(&error))?;
    Ok(())
}

async fn w1(engine: Engine, round: u64, number: u64) -> Result<(), String> {
    let run = engine.start(three, format!("run-{round}-{number}"), number);
    let run = run.await.map_err(|error| error.to_string())?;
    run.result().await.map_err(|error| error.to_string())?;
    Ok(())
}

/// One step with a value of so many bytes.
async fn payloads(arguments: &Arguments, report: &mut Report) -> Outcome<Chart> {
    report.say("Payload: a run of one step with a value of so many bytes, one caller.");
    let mut all = Vec::new();
    for durability in [Durability::Full, Durability::Memory] {
        let mut series = Series::new(&format!("µs a KiB, {durability}"));
        for kib in [1, 16, 256, 1_024] {
            let database = Database::new(&arguments.folder, durability).await?;
            let engine = database.engine.clone();
            let run = move |number| {
                let engine = engine.clone();
                async move {
                    let id = format!("run-{number}");
                    let run = engine.start(payload, id, kib * 1_024).await;
                    let run = run.map_err(|error| error.to_string())?;
                    run.result().await.map_err(|error| error.to_string())?;
                    Ok(())
                }
            };
            let until = Until::Passed(arguments.during / 2);
            let measured = closed_loop(1, until, 0, run).await?;
            database.engine.shutdown(Duration::from_secs(5)).await;
            let p50 = measured.latencies.p50_ms();
            let kib = super::steps::per(kib as u64, 1);
            series.point(kib, p50 * 1e3 / kib);
            report.row(
                Row::new(format!("{durability}"))
                    .whole("KiB", kib)
                    .number("p50 ms", p50, 2)
                    .number("µs/KiB", p50 * 1e3 / kib, 1)
                    .number("MB/s", measured.per_second() * kib / 1e3, 1),
            )?;
        }
        all.push(series);
    }
    Ok(Chart::new("payload", "KiB", all))
}
