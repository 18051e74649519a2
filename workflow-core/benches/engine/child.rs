//! This program, started once more: what is killed, counted or measured needs a process of its own.

use std::ffi::OsString;
use std::process::Command;

use crate::Outcome;
use crate::{instructions, memory, recovery};

/// Names the task of a process that another one started.
const TASK: &str = "WORKFLOW_BENCH_TASK";
/// What the task is about, in words of its own.
const ABOUT: &str = "WORKFLOW_BENCH_ABOUT";

/// What a process was started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Brings runs to a gate and waits to be killed.
    Victim,
    /// Measures the memory of runs.
    Memory,
    /// Does something so often, while its instructions are counted.
    Instructions,
}

impl Task {
    const ALL: [Self; 3] = [Self::Victim, Self::Memory, Self::Instructions];

    const fn name(self) -> &'static str {
        match self {
            Self::Victim => "victim",
            Self::Memory => "memory",
            Self::Instructions => "instructions",
        }
    }

    /// What this process was started for, unless a person started it.
    pub(crate) fn of_this_process() -> Option<(Self, Vec<String>)> {
        let name = std::env::var(TASK).ok()?;
        let task = Self::ALL.into_iter().find(|task| task.name() == name)?;
        let about = std::env::var(ABOUT).unwrap_or_default();
        Some((task, about.split('\n').map(str::to_owned).collect()))
    }

    pub(crate) async fn run(self, about: &[String]) -> Outcome<()> {
        match self {
            Self::Victim => recovery::victim(about).await,
            Self::Memory => memory::child(about).await,
            Self::Instructions => instructions::child(about).await,
        }
    }

    /// The command that starts this program for the task, perhaps under another program.
    pub(crate) fn command(self, under: &[&str], about: &[&str]) -> Outcome<Command> {
        let program = std::env::current_exe()?.into_os_string();
        let words: Vec<OsString> = under.iter().map(OsString::from).chain([program]).collect();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        command.env(TASK, self.name()).env(ABOUT, about.join("\n"));
        Ok(command)
    }
}

/// The word at a place of what a task is about.
pub(crate) fn word(about: &[String], at: usize) -> Outcome<&str> {
    let word = about.get(at).map(String::as_str);
    word.ok_or_else(|| format!("the task lacks its word {at}").into())
}
