//! W3: runs that sleep for an hour.

use std::time::Duration;

use workflow_core::Engine;

use crate::Outcome;
use crate::arguments::Arguments;
use crate::counts;
use crate::database::{Database, Durability};
use crate::load::{Until, closed_loop};
use crate::report::{Report, Row};
use crate::workflows::nap;

pub(crate) async fn w3(arguments: &Arguments, report: &mut Report) -> Outcome<()> {
    report.say(
        "W3: runs that sleep for an hour; 256 callers start them. Memory is what is resident when so many \
         sleep, above what the engine with its caches had with the first 1,000.",
    );
    for durability in [Durability::Full, Durability::Memory] {
        let name = format!("{durability}");
        if !arguments.wants(&name) {
            continue;
        }
        let database = Database::new(&arguments.folder, durability).await?;
        let (engine, few) = (database.engine.clone(), 1_000);
        let run = move |number| sleeping(engine.clone(), number);
        closed_loop(256, Until::Runs(few), 0, run.clone()).await?;
        let with_few = counts::resident()?;
        let more = arguments.sleepers.saturating_sub(few);
        let measured = closed_loop(256, Until::Runs(more), few, run).await?;
        let grown = counts::resident()?.saturating_sub(with_few);
        let in_memory = database.engine.health().runs_in_memory;
        database.engine.shutdown(Duration::from_secs(5)).await;
        report.row(
            Row::new(name)
                .count("sleepers", arguments.sleepers)
                .whole("starts/s", measured.per_second())
                .number("p50 ms", measured.latencies.p50_ms(), 2)
                .count("in memory", in_memory as u64)
                .number("MB with 1,000", megabytes(with_few), 1)
                .number("MB more", megabytes(grown), 1)
                .number("bytes/sleeper", super::steps::per(grown, more), 1),
        )?;
    }
    Ok(())
}

async fn sleeping(engine: Engine, number: u64) -> Result<(), String> {
    let started = engine.start(nap, format!("nap-{number}"), number).await;
    started.map(drop).map_err(|error| error.to_string())
}

#[expect(clippy::cast_precision_loss, reason = "a size for people")]
pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
