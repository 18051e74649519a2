//! Measures what workflows cost the compiler, beside the same functions without the macro and with
//! `#[tracing::instrument]`, in one run.
//!
//! `cargo run -p workflow-cost -- 100 1000` generates crates of 100 and of 1,000 functions of four
//! steps and prints CPU seconds (user and system, of cargo and all that it starts): they depend
//! less on what else the machine does than the time on the clock.

mod measure;
mod project;

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use measure::{Cost, PHASES};
use project::Variant;
use serde_json::json;

/// Workflows may cost so many times what `#[instrument]` does.
const GOAL: f64 = 3.0;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()?;
    for count in counts()? {
        let mut costs = Vec::new();
        for variant in Variant::ALL {
            costs.push((
                variant,
                measure::measure(&root, &folder(&root), variant, count)?,
            ));
        }
        print(count, &costs);
    }
    Ok(())
}

/// How many functions: the arguments, or a hundred.
fn counts() -> io::Result<Vec<usize>> {
    let counts: Result<Vec<usize>, _> = env::args().skip(1).map(|count| count.parse()).collect();
    match counts {
        Ok(counts) if counts.is_empty() => Ok(vec![100]),
        Ok(counts) => Ok(counts),
        Err(error) => Err(io::Error::other(format!(
            "the arguments are numbers of workflows, such as `100 1000`: {error}"
        ))),
    }
}

/// Where the generated crates are.
fn folder(root: &Path) -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    target.join("cost")
}

fn print(count: usize, costs: &[(Variant, Cost)]) {
    println!("\n{count} functions of 4 steps, CPU seconds\n");
    println!(
        "{:<28}{}",
        "",
        PHASES.map(|phase| format!("{phase:>20}")).concat()
    );
    for (variant, cost) in costs {
        let seconds = cost.seconds.map(|seconds| format!("{seconds:>20.2}"));
        println!("{:<28}{}", variant.title(), seconds.concat());
    }
    if let Some(cost) = of(costs, Variant::Workflow) {
        compare(costs, cost);
    }
    let rows = costs.iter().map(|(variant, cost)| {
        let seconds = PHASES.iter().zip(cost.seconds);
        let seconds: serde_json::Map<_, _> = seconds
            .map(|(phase, s)| ((*phase).to_owned(), json!(s)))
            .collect();
        json!({ "variant": variant.name(), "cpuSeconds": seconds })
    });
    println!(
        "{}",
        json!({ "functions": count, "costs": rows.collect::<Vec<_>>() })
    );
}

fn of(costs: &[(Variant, Cost)], wanted: Variant) -> Option<&Cost> {
    let mut costs = costs.iter();
    costs
        .find(|(variant, _)| *variant == wanted)
        .map(|(_, cost)| cost)
}

/// How workflows compare with the others.
fn compare(costs: &[(Variant, Cost)], cost: &Cost) {
    let others = [
        Variant::Plain,
        Variant::Instrument,
        Variant::InstrumentSteps,
    ];
    for other in others {
        let Some(theirs) = of(costs, other) else {
            continue;
        };
        let ratios = cost.over(theirs);
        let texts = ratios.map(|ratio| format!("{ratio:>20.2}"));
        println!(
            "{:<28}{}",
            format!("times {}", other.title()),
            texts.concat()
        );
        if other == Variant::Instrument {
            let met = ratios.iter().all(|ratio| *ratio <= GOAL);
            let met = if met { "met" } else { "missed" };
            println!("{:<28}{met}", format!("  goal: at most {GOAL:.1}"));
        }
    }
}
