//! What the command line asks for.

use std::path::PathBuf;
use std::time::Duration;

pub(crate) const HELP: &str = "\
usage: cargo bench --bench engine -- [parts] [options]

parts (all of them where none is named)
  w1       3 steps a run, with 1, 16, 64 and 256 callers; FULL, NORMAL and in memory
  w2       50 steps a run, with 1 and 64 callers
  w3       runs that sleep for an hour: start rate, memory
  w4       kill -9 with runs in flight, restart until all are done
  emit     what an event costs until a commit takes it
  memory   what a run costs while it runs, waits with its future kept, and is parked
  instructions
           what the hot paths take, counted by callgrind (needs valgrind)
  growth   cost of a step with the length of the history, with finished and sleeping runs in
           the file, with the size of the payload, with steps and children at once; draws
           growth.svg

At the end: what was measured beside the goals.

options
  --seconds N     how long each measurement lasts (default 5)
  --sleepers N    w3: how many runs sleep (default 100,000)
  --kills N       w4: how many runs are in flight (default 1,000 and 10,000)
  --finished N    growth: how many runs lie finished, and asleep, in the file (default 100,000)
  --only TEXT     w1, w2: only rows whose name contains this text, such as `c=1` or `FULL`;
                  growth: only `replay`, `history`, `children`, `file`, `payload` or
                  `width`
  --folder PATH   where databases, `engine.jsonl` and `growth.svg` go (default: the target folder)";

/// One part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    W1,
    W2,
    W3,
    W4,
    Emit,
    Memory,
    Instructions,
    Growth,
}

impl Part {
    const ALL: [Self; 8] = [
        Self::W1,
        Self::W2,
        Self::W3,
        Self::W4,
        Self::Emit,
        Self::Memory,
        Self::Instructions,
        Self::Growth,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::W1 => "w1",
            Self::W2 => "w2",
            Self::W3 => "w3",
            Self::W4 => "w4",
            Self::Emit => "emit",
            Self::Memory => "memory",
            Self::Instructions => "instructions",
            Self::Growth => "growth",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Arguments {
    pub(crate) parts: Vec<Part>,
    pub(crate) during: Duration,
    pub(crate) sleepers: u64,
    pub(crate) kills: Vec<u64>,
    pub(crate) finished: u64,
    pub(crate) only: Option<String>,
    pub(crate) folder: PathBuf,
}

impl Arguments {
    /// `None` where help is asked for.
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut arguments = Self {
            parts: Vec::new(),
            during: Duration::from_secs(5),
            sleepers: 100_000,
            kills: vec![1_000, 10_000],
            finished: 100_000,
            only: None,
            folder: PathBuf::from(env!("CARGO_TARGET_TMPDIR")),
        };
        while let Some(word) = words.next() {
            match word.as_str() {
                // What `cargo bench` says to every benchmark.
                "--bench" => {}
                "--help" | "-h" => return Ok(None),
                "--seconds" => {
                    arguments.during = Duration::from_secs(number(&word, words.next())?);
                }
                "--sleepers" => arguments.sleepers = number(&word, words.next())?,
                "--kills" => arguments.kills = vec![number(&word, words.next())?],
                "--finished" => arguments.finished = number(&word, words.next())?,
                "--only" => arguments.only = Some(value(&word, words.next())?),
                "--folder" => arguments.folder = value(&word, words.next())?.into(),
                name => arguments.parts.push(part(name)?),
            }
        }
        if arguments.parts.is_empty() {
            arguments.parts = Part::ALL.to_vec();
        }
        Ok(Some(arguments))
    }

    /// Whether a row with this name is wanted.
    pub(crate) fn wants(&self, row: &str) -> bool {
        self.only.as_deref().is_none_or(|text| row.contains(text))
    }
}

fn part(name: &str) -> Result<Part, String> {
    let found = Part::ALL.into_iter().find(|part| part.name() == name);
    found.ok_or_else(|| format!("there is no part or option `{name}`"))
}

fn value(option: &str, value: Option<String>) -> Result<String, String> {
    value.ok_or_else(|| format!("`{option}` needs a value"))
}

fn number(option: &str, text: Option<String>) -> Result<u64, String> {
    let text = value(option, text)?;
    let number = text.replace([',', '_'], "").parse();
    number.map_err(|_| format!("`{option}` needs a number, not `{text}`"))
}
