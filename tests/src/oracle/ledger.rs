//! The side-effect file: one line for each execution of a step's code, written before anything else.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One execution of a step's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// Its number, from 1. The code returns it, so that the log says which execution's result it
    /// holds.
    pub number: u64,
    /// The process that executed it.
    pub process: u32,
    /// Run and step, as the idempotency key names them.
    pub step: String,
}

/// Writes down each execution; one for each process.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    /// Opened at the first execution: until then another process may be writing.
    book: Mutex<Option<Book>>,
}

#[derive(Debug)]
struct Book {
    file: File,
    executions: Vec<Execution>,
}

/// What the ledger says about an execution that begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noted {
    /// The execution's number.
    pub number: u64,
    /// How many executions of the same step were before it, in all processes.
    pub before: usize,
}

impl Ledger {
    /// The ledger in this file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            book: Mutex::new(None),
        }
    }

    /// Writes down that the code of this step (its idempotency key) is being executed.
    ///
    /// When it returns, the line is in the operating system's hands: killing the process does
    /// not take it back.
    ///
    /// # Panics
    ///
    /// Where the file cannot be written.
    pub fn execute(&self, step: &str) -> Noted {
        let noted = self.note(step);
        noted.unwrap_or_else(|error| panic!("writing {}: {error}", self.path.display()))
    }

    fn note(&self, step: &str) -> io::Result<Noted> {
        let mut book = self.book();
        let book = match &mut *book {
            Some(book) => book,
            none => none.insert(Book::open(&self.path)?),
        };
        let execution = Execution {
            number: book.executions.len() as u64 + 1,
            process: std::process::id(),
            step: step.to_owned(),
        };
        let before = book.executions.iter().filter(|other| other.step == step);
        let noted = Noted {
            number: execution.number,
            before: before.count(),
        };
        // One call, so that a kill leaves a whole line or none.
        book.file.write_all(execution.line().as_bytes())?;
        book.executions.push(execution);
        Ok(noted)
    }

    fn book(&self) -> MutexGuard<'_, Option<Book>> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All executions so far, in order; none where there is no file.
    ///
    /// # Panics
    ///
    /// Where the file holds something else.
    pub fn read(path: &Path) -> Vec<Execution> {
        let read = read(path);
        read.unwrap_or_else(|error| panic!("reading {}: {error}", path.display()))
    }
}

impl Book {
    fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        let executions = read(path)?;
        Ok(Self { file, executions })
    }
}

impl Execution {
    fn line(&self) -> String {
        format!("{} {} {}\n", self.number, self.process, self.step)
    }

    fn parse(line: &str) -> Option<Self> {
        let (number, rest) = line.split_once(' ')?;
        let (process, step) = rest.split_once(' ')?;
        Some(Self {
            number: number.parse().ok()?,
            process: process.parse().ok()?,
            step: step.to_owned(),
        })
    }
}

fn read(path: &Path) -> io::Result<Vec<Execution>> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read?,
    };
    let strange = |line| io::Error::other(format!("`{line}` is no execution"));
    text.lines()
        .map(|line| Execution::parse(line).ok_or_else(|| strange(line)))
        .collect()
}
