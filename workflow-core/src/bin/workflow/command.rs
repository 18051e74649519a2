//! What was asked for on the command line.

use std::path::PathBuf;
use std::str::FromStr;

use lexopt::{Arg, Parser, ValueExt as _};
use workflow_core::{RunQuery, RunStatus, Timestamp};

pub(crate) const HELP: &str = "\
Looks into a store's file, and asks things of its runs; also while a program executes them.

  workflow list FILE [--workflow NAME] [--status STATUS] [--since INSTANT] [--until INSTANT]
                     [--max N] [--before NUMBER]      runs, newest first
  workflow show FILE RUN                              one run, with what happened in it
  workflow stats FILE                                 how many runs there are, and what is delivered
  workflow letters FILE [--tracker NAME]              events that a tracker refused for good
  workflow cancel FILE RUN [--reason TEXT]
  workflow signal FILE RUN NAME [JSON]
  workflow release FILE RUN                           a blocked run, after its code was put right
  workflow backup FILE COPY                           a copy of the file as it is now

RUN is a run's id, the id that your program gave it, or WORKFLOW/ID. Instants are written like
2026-01-31T12:00:00Z. With --json, every answer is one JSON object a line.
";

/// One call of the program.
pub(crate) struct Command {
    pub(crate) action: Action,
    pub(crate) file: PathBuf,
    pub(crate) json: bool,
}

/// What is to be done.
pub(crate) enum Action {
    List(RunQuery),
    Show {
        run: String,
    },
    Stats,
    Letters {
        tracker: Option<String>,
    },
    Cancel {
        run: String,
        reason: Option<String>,
    },
    Signal {
        run: String,
        name: String,
        value: String,
    },
    Release {
        run: String,
    },
    Backup {
        to: PathBuf,
    },
}

/// The options of all commands.
#[derive(Default)]
struct Options {
    query: RunQuery,
    tracker: Option<String>,
    reason: Option<String>,
    json: bool,
}

impl Command {
    /// `None` where help was asked for.
    pub(crate) fn from_args(mut parser: Parser) -> Result<Option<Self>, String> {
        let mut words = Vec::new();
        let mut options = Options::default();
        while let Some(arg) = parser.next().map_err(|error| error.to_string())? {
            match arg {
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                Arg::Value(word) => words.push(word.string().map_err(|error| error.to_string())?),
                Arg::Long(name) => {
                    let name = name.to_owned();
                    options.take(&name, &mut parser)?;
                }
                Arg::Short(_) => return Err(format!("{}; see --help", arg.unexpected())),
            }
        }
        let Some(verb) = words.first().cloned() else {
            return Ok(None);
        };
        let mut words = words.into_iter().skip(1);
        let mut next = |what: &str| {
            let missing = || format!("`workflow {verb}` needs {what}; see --help");
            words.next().ok_or_else(missing)
        };
        let file = next("a FILE")?.into();
        let action = match verb.as_str() {
            "list" => Action::List(options.query),
            "show" => Action::Show {
                run: next("a RUN")?,
            },
            "stats" => Action::Stats,
            "letters" => Action::Letters {
                tracker: options.tracker,
            },
            "cancel" => Action::Cancel {
                run: next("a RUN")?,
                reason: options.reason,
            },
            "signal" => Action::Signal {
                run: next("a RUN")?,
                name: next("the signal's NAME")?,
                value: next("").unwrap_or_else(|_| "null".to_owned()),
            },
            "release" => Action::Release {
                run: next("a RUN")?,
            },
            "backup" => Action::Backup {
                to: next("the path of the COPY")?.into(),
            },
            other => return Err(format!("there is no command `{other}`; see --help")),
        };
        if let Some(left) = words.next() {
            return Err(format!("`{left}` is one word too many; see --help"));
        }
        Ok(Some(Self {
            action,
            file,
            json: options.json,
        }))
    }
}

impl Options {
    fn take(&mut self, name: &str, parser: &mut Parser) -> Result<(), String> {
        let query = &mut self.query;
        match name {
            "json" => self.json = true,
            "workflow" => query.workflow = Some(value(parser)?),
            "status" => query.status = Some(status(&value::<String>(parser)?)?),
            "since" => query.created_from = Some(value::<Timestamp>(parser)?),
            "until" => query.created_until = Some(value::<Timestamp>(parser)?),
            "max" => query.runs_max = value(parser)?,
            "before" => query.before = Some(workflow_core::store::RunNo(value(parser)?)),
            "tracker" => self.tracker = Some(value(parser)?),
            "reason" => self.reason = Some(value(parser)?),
            other => return Err(format!("there is no option `--{other}`; see --help")),
        }
        Ok(())
    }
}

fn value<T: FromStr<Err: Into<Box<dyn std::error::Error + Send + Sync>>>>(
    parser: &mut Parser,
) -> Result<T, String> {
    let value = parser.value().and_then(|value| value.parse());
    value.map_err(|error| error.to_string())
}

fn status(word: &str) -> Result<RunStatus, String> {
    let found = RunStatus::ALL
        .into_iter()
        .find(|status| status.as_str() == word);
    found.ok_or_else(|| {
        let all = RunStatus::ALL.map(RunStatus::as_str).join(", ");
        format!("`{word}` is no status; there are {all}")
    })
}
