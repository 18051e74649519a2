//! What the command line asks for.

use std::path::PathBuf;
use std::time::Duration;

use crate::system::Kind;

pub const HELP: &str = "\
usage: workflow-peers measure SYSTEM --steps N --callers N --seconds N --folder PATH
       workflow-peers recover SYSTEM --runs N --folder PATH
       workflow-peers table FILE

SYSTEM is one of durare-normal, durare-full, durare-memory and duroxide";

pub enum Task {
    Measure,
    /// Kills a process with runs in flight, and ends them in this one.
    Recover,
    /// Is the process to kill.
    Victim {
        path: PathBuf,
    },
    Table {
        file: PathBuf,
    },
}

pub struct Arguments {
    pub task: Task,
    pub system: Kind,
    pub steps: u64,
    pub callers: u64,
    pub runs: u64,
    pub during: Duration,
    pub folder: PathBuf,
}

impl Arguments {
    pub fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut next = |what: &str| words.next().ok_or_else(|| format!("{what} is missing"));
        let task = next("what to do")?;
        let second = next("the system or the file")?;
        let mut arguments = Self {
            task: Task::Measure,
            system: Kind::DurareFull,
            steps: 3,
            callers: 1,
            runs: 1_000,
            during: Duration::from_secs(5),
            folder: std::env::temp_dir(),
        };
        match task.as_str() {
            "measure" => {}
            "recover" => arguments.task = Task::Recover,
            "victim" => {
                arguments.task = Task::Victim {
                    path: next("the file")?.into(),
                }
            }
            "table" => {
                arguments.task = Task::Table {
                    file: second.clone().into(),
                }
            }
            other => return Err(format!("there is no task `{other}`")),
        }
        if !matches!(arguments.task, Task::Table { .. }) {
            arguments.system =
                Kind::named(&second).ok_or(format!("there is no system `{second}`"))?;
        }
        while let Some(option) = words.next() {
            let value = words.next().ok_or(format!("`{option}` needs a value"))?;
            let number = || {
                value
                    .parse()
                    .map_err(|_| format!("`{option}` needs a number, not `{value}`"))
            };
            match option.as_str() {
                "--steps" => arguments.steps = number()?,
                "--callers" => arguments.callers = number()?,
                "--runs" => arguments.runs = number()?,
                "--seconds" => arguments.during = Duration::from_secs(number()?),
                "--folder" => arguments.folder = value.into(),
                other => return Err(format!("there is no option `{other}`")),
            }
        }
        Ok(arguments)
    }
}
