//! How fast the engine is, beside the limits of the same disk in the same run.
//!
//! `cargo bench --bench engine -- --help` says what there is. Each part prints a table, and all
//! of them together a line of JSON each into `engine.jsonl`. Nothing here passes or fails.

mod arguments;
mod child;
mod counts;
mod database;
mod disk;
mod emit;
mod goals;
mod growth;
mod instructions;
mod latency;
mod load;
mod memory;
mod plot;
mod raw;
mod recovery;
mod report;
mod sleepers;
mod steps;
mod width;
mod workflows;

use arguments::{Arguments, Part};
use child::Task;
use report::Report;

fn main() -> Outcome<()> {
    if let Some((task, about)) = Task::of_this_process() {
        return runtime()?.block_on(task.run(&about));
    }
    let arguments = match Arguments::read(std::env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{}", arguments::HELP);
            return Ok(());
        }
        Err(why) => {
            eprintln!("{why}\n\n{}", arguments::HELP);
            std::process::exit(2);
        }
    };
    let mut report = Report::new(&arguments)?;
    let runtime = runtime()?;
    for part in &arguments.parts {
        report.begin(*part);
        match part {
            Part::W1 => runtime.block_on(steps::w1(&arguments, &mut report))?,
            Part::W2 => runtime.block_on(steps::w2(&arguments, &mut report))?,
            Part::W3 => runtime.block_on(sleepers::w3(&arguments, &mut report))?,
            Part::W4 => runtime.block_on(recovery::w4(&arguments, &mut report))?,
            Part::Emit => emit::costs(&mut report)?,
            Part::Memory => memory::of_runs(&arguments, &mut report)?,
            Part::Instructions => instructions::of_paths(&arguments, &mut report)?,
            Part::Growth => runtime.block_on(growth::all(&arguments, &mut report))?,
        }
    }
    goals::compare(&mut report)
}

/// A benchmark that cannot go on says why and ends.
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
}
