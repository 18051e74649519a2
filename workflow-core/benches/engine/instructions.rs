//! How many instructions the hot paths take: a count that a busy machine does not change.
//!
//! Callgrind counts a process that does something a few times, and one that does it more often;
//! the difference is what it costs each time.

use std::process::{Command, Stdio};
use std::time::Duration;

use workflow_core::testing::Emitter;

use crate::Outcome;
use crate::arguments::Arguments;
use crate::child::{Task, word};
use crate::database::{Database, Durability};
use crate::growth;
use crate::load::{Until, closed_loop};
use crate::report::{Report, Row};
use crate::steps::three_steps;
use crate::workflows::many;

/// A path, and how often it is gone: few times, and more.
const PATHS: [(Path, u64, u64); 6] = [
    (Path::Emit, 1_000, 11_000),
    (Path::Step(Durability::Memory), 100, 1_100),
    (Path::Step(Durability::Normal), 100, 1_100),
    (Path::Run(Durability::Memory), 50, 550),
    (Path::Run(Durability::Normal), 50, 550),
    (Path::Replay, 200, 2_200),
];

/// What is done again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Path {
    Emit,
    Step(Durability),
    Run(Durability),
    Replay,
}

impl Path {
    const fn name(self) -> &'static str {
        match self {
            Self::Emit => "an event, emitted and encoded",
            Self::Step(Durability::Memory) => "a step, in memory",
            Self::Step(Durability::Normal | Durability::Full) => "a step, in a file",
            Self::Run(Durability::Memory) => "a W1 run, in memory",
            Self::Run(Durability::Normal | Durability::Full) => "a W1 run, in a file",
            Self::Replay => "a replayed event",
        }
    }
}

pub(crate) fn of_paths(arguments: &Arguments, report: &mut Report) -> Outcome<()> {
    report.say(
        "Instructions, counted by callgrind in user space, all threads together: the difference of two \
         processes which do it more often and less often.",
    );
    if !has_valgrind() {
        report.say("not counted: there is no `valgrind` on this machine");
        return Ok(());
    }
    let folder = arguments
        .folder
        .to_str()
        .ok_or("the folder's name is no text")?;
    for (path, few, more) in PATHS {
        if arguments.wants(path.name()) {
            let (less, rest) = (counted(folder, path, few)?, counted(folder, path, more)?);
            let each = super::steps::per(rest.saturating_sub(less), more - few);
            report.row(Row::new(path.name()).whole("instructions", each))?;
        }
    }
    Ok(())
}

fn has_valgrind() -> bool {
    let mut version = Command::new("valgrind");
    version.arg("--version").stdout(Stdio::null());
    version.status().is_ok_and(|status| status.success())
}

/// The instructions of a process that goes a path so often.
fn counted(folder: &str, path: Path, times: u64) -> Outcome<u64> {
    let out = "--callgrind-out-file=/dev/null";
    let under = ["valgrind", "--tool=callgrind", "--fair-sched=yes", out];
    let about = [folder, path.name(), &times.to_string()];
    let output = Task::Instructions.command(&under, &about)?.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let count = said
        .lines()
        .find_map(|line| line.split("Collected :").nth(1));
    match count.map(|count| count.trim().parse()) {
        Some(Ok(count)) if output.status.success() => Ok(count),
        _ => Err(format!("callgrind did not count `{}`: {said}", path.name()).into()),
    }
}

/// Goes a path so often.
pub(crate) async fn child(about: &[String]) -> Outcome<()> {
    let (folder, name) = (word(about, 0)?.as_ref(), word(about, 1)?);
    let times: u64 = word(about, 2)?.parse()?;
    let path = PATHS.into_iter().find(|(path, ..)| path.name() == name);
    match path.ok_or("there is no such path")?.0 {
        Path::Emit => {
            let mut list = Emitter::new();
            for number in 0..times {
                list.emit("charge");
                if number % 8 == 7 {
                    list.take();
                }
            }
        }
        Path::Step(durability) => {
            let database = Database::new(folder, durability).await?;
            let run = database.engine.start(many, "counted", times).await?;
            run.result().await?;
            database.engine.shutdown(Duration::from_secs(60)).await;
        }
        Path::Run(durability) => {
            let database = Database::new(folder, durability).await?;
            let engine = database.engine.clone();
            let run = move |number| three_steps(engine.clone(), number);
            closed_loop(1, Until::Runs(times), 0, run).await?;
            database.engine.shutdown(Duration::from_secs(60)).await;
        }
        // Each step leaves two events.
        Path::Replay => drop(growth::replayed(folder, times / 2).await?),
    }
    Ok(())
}
