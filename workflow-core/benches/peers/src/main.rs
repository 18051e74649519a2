//! Other systems under the load of our benchmark: the same workflows, the same callers.

mod arguments;
mod durare_runs;
mod duroxide_runs;
#[path = "../../engine/latency.rs"]
mod latency;
#[expect(dead_code, reason = "our own benchmark also merges slices of time")]
#[path = "../../engine/load.rs"]
mod load;
mod system;
mod table;
mod victim;

use arguments::{Arguments, Task};
use load::{Until, closed_loop};
use system::System;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments = match Arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(why) => {
            eprintln!("{why}\n\n{}", arguments::HELP);
            std::process::exit(2);
        }
    };
    match &arguments.task {
        Task::Measure => measure(&arguments).await,
        Task::Recover => victim::recover(&arguments).await,
        Task::Victim { path } => victim::run(&arguments, path).await,
        Task::Table { file } => table::print(file),
    }
}

/// Lets callers start runs and wait for them, for a while; prints a line of JSON.
async fn measure(arguments: &Arguments) -> Outcome<()> {
    let folder = tempfile::tempdir_in(&arguments.folder)?;
    let system = System::open(arguments.system, &folder.path().join("runs.db")).await?;
    let steps = arguments.steps;
    let warm = system.clone();
    let warm_up = move |number| {
        let system = warm.clone();
        async move { system.run(&format!("warm-{number}"), steps).await }
    };
    closed_loop(
        arguments.callers,
        Until::Passed(arguments.during / 5),
        0,
        warm_up,
    )
    .await?;
    let measured = closed_loop(
        arguments.callers,
        Until::Passed(arguments.during),
        0,
        move |number| {
            let system = system.clone();
            async move { system.run(&format!("run-{number}"), steps).await }
        },
    )
    .await?;
    let line = serde_json::json!({
        "part": if steps == 3 { "w1" } else { "w2" },
        "system": arguments.system.name(),
        "callers": arguments.callers,
        "runs/s": measured.per_second(),
        "steps/s": measured.per_second() * steps as f64,
        "p50 ms": measured.latencies.p50_ms(),
        "p99 ms": measured.latencies.p99_ms(),
    });
    println!("{line}");
    Ok(())
}
