//! What an event costs: to emit it, to encode it, and how often a step allocates.

use std::sync::Mutex;
use std::time::Instant;

use allocation_counter::measure;
use workflow_core::testing::Emitter;

use crate::Outcome;
use crate::database::{Database, Durability};
use crate::report::{Report, Row};
use crate::workflows::many;

const EVENTS: u32 = 1_000_000;
/// So many events wait for one commit.
const GATHERED: u32 = 8;

pub(crate) async fn costs(report: &mut Report) -> Outcome<()> {
    report.say(
        "Emit: `step.started` with its id and timestamp into the run's own list, and its encoding for the \
         commit that takes it; beside a typed event pushed into a `Mutex<Vec<_>>` with a timestamp.",
    );
    let pushed = nanoseconds(push);
    let mut list = Emitter::new();
    let mut encoding = 0.0;
    let each = nanoseconds(|number| {
        list.emit("charge");
        if number % GATHERED == GATHERED - 1 {
            let before = Instant::now();
            list.take();
            encoding += before.elapsed().as_secs_f64();
        }
    });
    let encoded = encoding * 1e9 / f64::from(EVENTS);
    report.row(
        Row::new("emit")
            .number("ns to emit", each - encoded, 1)
            .number("ns to encode", encoded, 1)
            .number("ns to push", pushed, 1)
            .count(
                "allocations to emit",
                allocations(|| Emitter::new().emit("charge")),
            ),
    )?;
    let (few, more) = (steps(100).await?, steps(1_100).await?);
    report.row(Row::new("a step in memory").number(
        "allocations/step",
        super::steps::per(more - few, 1_000),
        1,
    ))
}

fn nanoseconds(mut what: impl FnMut(u32)) -> f64 {
    let begun = Instant::now();
    for number in 0..EVENTS {
        what(number);
    }
    begun.elapsed().as_secs_f64() * 1e9 / f64::from(EVENTS)
}

/// What a tracker that keeps events in memory pays at least.
fn push(number: u32) {
    static EVENTS: Mutex<Vec<(std::time::SystemTime, String, u32)>> = Mutex::new(Vec::new());
    let mut events = EVENTS.lock().expect("nobody panicked");
    if events.len() == GATHERED as usize {
        events.clear();
    }
    events.push((std::time::SystemTime::now(), "charge".to_owned(), number));
}

fn allocations(what: impl FnOnce()) -> u64 {
    measure(what).count_total
}

/// How often a run of so many steps allocates, on a runtime of one thread.
async fn steps(steps: u64) -> Outcome<u64> {
    let counted = tokio::task::spawn_blocking(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let mut result = Ok(());
        let counted = measure(|| result = runtime.block_on(one_run(steps)));
        result.map(|()| counted.count_total)
    });
    Ok(counted.await??)
}

async fn one_run(steps: u64) -> Result<(), String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let folder = std::env::temp_dir();
    let database = Database::new(&folder, Durability::Memory).await;
    let database = database.map_err(|error| said(&error))?;
    let run = database.engine.start_new(many, steps).await;
    let run = run.map_err(|error| said(&error))?;
    run.result().await.map_err(|error| said(&error))?;
    Ok(())
}
