//! The side-effect file: one synced line for each execution of a step, with its idempotency key.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

/// A step of an order, by the names in the code.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct StepName {
    pub(crate) order: String,
    pub(crate) step: String,
    pub(crate) key: Option<String>,
}

impl StepName {
    pub(crate) fn new(order: &str, step: &str) -> Self {
        Self {
            order: order.to_owned(),
            step: step.to_owned(),
            key: None,
        }
    }

    pub(crate) fn with_key(self, key: &str) -> Self {
        Self {
            key: Some(key.to_owned()),
            ..self
        }
    }
}

/// One execution of a step: one line of the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Execution {
    /// The process that executed it, counted from 1.
    pub(crate) process: usize,
    pub(crate) step: StepName,
    pub(crate) idempotency_key: String,
    pub(crate) effect: Effect,
}

/// What came of an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Effect {
    /// The service acted.
    Done,
    /// The service knew the key, and gave the answer of the first time.
    Known,
}

/// The services that steps call, and what they remember: the keys of all that they ever did.
pub(crate) struct Ledger {
    process: usize,
    book: Mutex<Book>,
}

struct Book {
    file: File,
    keys: HashSet<String>,
}

impl Ledger {
    pub(crate) fn open(path: &Path, process: usize) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        let known = read(path)?.into_iter();
        let keys = known.map(|execution| execution.idempotency_key).collect();
        Ok(Self {
            process,
            book: Mutex::new(Book { file, keys }),
        })
    }

    /// Acts, unless the key says that this was done before. The line is on disk when it returns.
    pub(crate) fn act(&self, step: StepName, idempotency_key: String) -> io::Result<()> {
        let mut book = self.book.lock().expect("nobody panics while holding it");
        let effect = if book.keys.contains(&idempotency_key) {
            Effect::Known
        } else {
            Effect::Done
        };
        let execution = Execution {
            process: self.process,
            step,
            idempotency_key,
            effect,
        };
        let mut line = serde_json::to_vec(&execution)?;
        line.push(b'\n');
        book.file.write_all(&line)?;
        book.file.sync_data()?;
        book.keys.insert(execution.idempotency_key);
        Ok(())
    }
}

/// All executions so far, in order; none where there is no file yet.
pub(crate) fn read(path: &Path) -> io::Result<Vec<Execution>> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read?,
    };
    text.lines()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}
