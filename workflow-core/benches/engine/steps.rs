//! W1 and W2: how fast steps are.

use std::time::Duration;

use workflow_core::Engine;

use crate::Outcome;
use crate::arguments::Arguments;
use crate::counts;
use crate::database::{Database, Durability};
use crate::disk::Disk;
use crate::load::{Measured, Until, closed_loop};
use crate::raw;
use crate::report::{Report, Row};
use crate::workflows::{many, three};

/// Slices in which the limit and the engine take turns, so that both see the same disk.
const SLICES: u32 = 5;

pub(crate) async fn w1(arguments: &Arguments, report: &mut Report) -> Outcome<()> {
    report.say(
        "W1: three steps of about 100 bytes. `x 4 syncs`: p50 beside the p50 of 4 synced writes of 4 KiB \
         to the same disk, taken in turns with it. `x raw p50`: beside the same rows written by hand in the \
         same 4 transactions. `of raw`: beside the same rows written by hand, 256 a transaction.",
    );
    for durability in [Durability::Full, Durability::Normal, Durability::Memory] {
        for callers in [1, 16, 64, 256] {
            let name = format!("{durability} c={callers}");
            if arguments.wants(&name) {
                let row = w1_row(arguments, name, durability, callers).await?;
                report.row(row)?;
            }
        }
    }
    Ok(())
}

async fn w1_row(
    arguments: &Arguments,
    name: String,
    durability: Durability,
    callers: u64,
) -> Outcome<Row> {
    let database = Database::new(&arguments.folder, durability).await?;
    let mut disk = Disk::new(&arguments.folder)?;
    let engine = database.engine.clone();
    let run = move |number| three_steps(engine.clone(), number);
    let slice = arguments.during / SLICES;
    closed_loop(callers, Until::Passed(slice), 1 << 32, run.clone()).await?;
    let (counted, written) = (database.counters(), counts::written()?);
    let mut measured = Measured::default();
    let mut by_disk = 0;
    for part in 0..SLICES {
        if durability == Durability::Full {
            let before = counts::written()?;
            disk.measure(slice / 2)?;
            by_disk += counts::written()? - before;
        }
        let first = u64::from(part) << 33;
        measured.append(closed_loop(callers, Until::Passed(slice), first, run.clone()).await?);
    }
    let after = database.counters();
    let written = counts::written()? - written - by_disk;
    let (raw, raw_p50) = match durability {
        Durability::Full => {
            let raw = raw_file(&database)?;
            (raw.runs_per_second(slice)?, raw.one_by_one(slice)?.p50_ms())
        }
        Durability::Normal | Durability::Memory => (f64::NAN, f64::NAN),
    };
    database.engine.shutdown(Duration::from_secs(5)).await;
    let runs = measured.latencies.count();
    let four_syncs = 4.0 * disk.syncs.p50_ms();
    let (p50, rate) = (measured.latencies.p50_ms(), measured.per_second());
    Ok(Row::new(name)
        .whole("runs/s", rate)
        .number("p50 ms", p50, 3)
        .number("p99 ms", measured.latencies.p99_ms(), 2)
        .number("sync p50 ms", disk.syncs.p50_ms(), 3)
        .number("x 4 syncs", p50 / four_syncs, 2)
        .number("x raw p50", p50 / raw_p50, 2)
        .whole("raw runs/s", raw)
        .number("of raw", rate / raw, 2)
        .number(
            "commits/run",
            per(after.transactions - counted.transactions, runs),
            2,
        )
        .number("rows/run", per(after.rows - counted.rows, runs), 2)
        .whole("bytes/run", per(written, runs)))
}

/// A new file with the store's tables, beside the measured one.
fn raw_file(database: &Database) -> Outcome<raw::File> {
    let path = database.path().with_file_name("raw.db");
    drop(workflow_core::store::SqliteStore::open(&path)?);
    raw::File::open(&path)
}

pub(crate) async fn three_steps(engine: Engine, number: u64) -> Result<(), String> {
    let id = format!("run-{number}");
    let run = engine.start(three, id, number).await;
    let run = run.map_err(|error| error.to_string())?;
    run.result().await.map_err(|error| error.to_string())?;
    Ok(())
}

pub(crate) async fn w2(arguments: &Arguments, report: &mut Report) -> Outcome<()> {
    const STEPS: u64 = 50;
    report.say("W2: fifty steps in sequence, every commit synced.");
    for callers in [1, 64] {
        let name = format!("FULL c={callers}");
        if !arguments.wants(&name) {
            continue;
        }
        let database = Database::new(&arguments.folder, Durability::Full).await?;
        let mut disk = Disk::new(&arguments.folder)?;
        let engine = database.engine.clone();
        let run = move |number| fifty_steps(engine.clone(), number, STEPS);
        let before = database.counters();
        let mut measured = Measured::default();
        for part in 0..SLICES {
            disk.measure(arguments.during / SLICES / 2)?;
            let until = Until::Passed(arguments.during / SLICES);
            let first = u64::from(part) << 33;
            measured.append(closed_loop(callers, until, first, run.clone()).await?);
        }
        let after = database.counters();
        database.engine.shutdown(Duration::from_secs(5)).await;
        let runs = measured.latencies.count();
        let p50 = measured.latencies.p50_ms();
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let steps = measured.per_second() * STEPS as f64;
        report.row(
            Row::new(name)
                .whole("steps/s", steps)
                .number("p50 ms", p50, 2)
                .number("sync p50 ms", disk.syncs.p50_ms(), 3)
                .number("x 51 syncs", p50 / (51.0 * disk.syncs.p50_ms()), 2)
                .number(
                    "commits/run",
                    per(after.transactions - before.transactions, runs),
                    2,
                ),
        )?;
    }
    Ok(())
}

async fn fifty_steps(engine: Engine, number: u64, steps: u64) -> Result<(), String> {
    let id = format!("run-{number}");
    let run = engine.start(many, id, steps).await;
    let run = run.map_err(|error| error.to_string())?;
    run.result().await.map_err(|error| error.to_string())?;
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
pub(crate) fn per(count: u64, runs: u64) -> f64 {
    count as f64 / runs as f64
}
