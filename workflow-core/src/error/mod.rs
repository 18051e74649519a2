//! What can go wrong, as values.
//!
//! The errors stand in this file and not in files of their own: what a step fails with is recorded
//! with the name of its type, and that is made of the module's.

mod failure;

use std::error::Error as StdError;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use workflow_tracker::events::{ErrorInfo, ErrorKind};

use crate::store::{RunStatus, StoreError};

pub use failure::Failure;
pub(crate) use failure::panic_message;

/// `Result` with [`Error`], for workflows and steps that need no error type of their own.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Any error, for workflows that need no error type of their own.
///
/// It converts from every [`std::error::Error`], so `?` works on steps and on ordinary calls.
/// Like other catch-all errors it does not implement [`std::error::Error`] itself.
///
/// ```
/// fn parse(text: &str) -> workflow_core::Result<u32> {
///     if text.is_empty() {
///         return Err(workflow_core::Error::msg("the text is empty"));
///     }
///     Ok(text.parse()?)
/// }
/// assert_eq!(parse("").unwrap_err().to_string(), "the text is empty");
/// ```
pub struct Error(Box<dyn StdError + Send + Sync>);

impl Error {
    /// An error that is just a message.
    pub fn msg(message: impl Into<String>) -> Self {
        Self(message.into().into())
    }

    /// The error as this type, if it is one.
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        self.0.downcast_ref()
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl From<Error> for Box<dyn StdError + Send + Sync> {
    fn from(error: Error) -> Self {
        error.0
    }
}

impl AsRef<dyn StdError + Send + Sync> for Error {
    fn as_ref(&self) -> &(dyn StdError + Send + Sync + 'static) {
        &*self.0
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What `fn main() -> Result<()>` prints: the message, and what caused it.
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, "\n  caused by: {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A step (or another operation) that failed for good.
///
/// It is built from what was recorded, on the first execution as on every replay, so it is
/// equal on both.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct StepError(Box<StepFailure>);

/// What a [`StepError`] says, boxed so that results with it are small.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct StepFailure {
    step: String,
    attempt: u32,
    kind: ErrorKind,
    message: String,
    type_name: Option<String>,
    chain: Vec<String>,
    attempts: Vec<String>,
    data: Option<serde_json::Value>,
    /// Where it panicked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stack: Option<String>,
}

impl StepError {
    /// The step's name.
    pub fn step(&self) -> &str {
        &self.0.step
    }

    /// The last attempt, counted from 1.
    pub const fn attempt(&self) -> u32 {
        self.0.attempt
    }

    /// The kind of the last failure.
    pub const fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message of the last failure.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The name of the error's type, where it was an error.
    pub fn type_name(&self) -> Option<&str> {
        self.0.type_name.as_deref()
    }

    /// The messages of the errors that caused it, nearest first.
    pub fn chain(&self) -> &[String] {
        &self.0.chain
    }

    /// The message of every attempt that failed, in order.
    pub fn attempts(&self) -> &[String] {
        &self.0.attempts
    }

    /// The error itself, where it was serialisable and is an `E`.
    pub fn data<E: DeserializeOwned>(&self) -> Option<E> {
        let data = self.0.data.as_ref()?;
        E::deserialize(data).ok()
    }

    /// The same error without its data, and with texts of a few kilobytes: one that can be
    /// recorded.
    pub(crate) fn cut(&self) -> Self {
        const TEXTS_MAX: usize = 100;
        let StepFailure {
            step,
            attempt,
            kind,
            message,
            type_name,
            chain,
            attempts,
            data: _,
            stack,
        } = &*self.0;
        let texts = |texts: &[String]| {
            let last = texts.len().saturating_sub(TEXTS_MAX);
            texts[last..].iter().map(|text| beginning(text)).collect()
        };
        Self(Box::new(StepFailure {
            step: step.clone(),
            attempt: *attempt,
            kind: *kind,
            message: beginning(message),
            type_name: type_name.clone(),
            chain: texts(chain),
            attempts: texts(attempts),
            data: None,
            stack: stack.clone(),
        }))
    }

    /// The failure that it is made of.
    fn failure(&self) -> Failure {
        let step = &self.0;
        Failure {
            kind: step.kind,
            message: step.message.clone(),
            type_name: step.type_name.clone(),
            chain: step.chain.clone(),
            stack: step.stack.clone(),
            data: step.data.clone(),
            step: Some((step.step.clone(), step.attempt)),
        }
    }

    /// A failure of `step` that is final, with the messages of the attempts before it.
    pub(crate) fn new(step: &str, attempt: u32, attempts: Vec<String>, failure: Failure) -> Self {
        Self(Box::new(StepFailure {
            step: step.to_owned(),
            attempt,
            kind: failure.kind,
            message: failure.message,
            type_name: failure.type_name,
            chain: failure.chain,
            attempts,
            data: failure.data,
            stack: failure.stack,
        }))
    }
}

impl fmt::Debug for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("StepError");
        debug
            .field("step", &self.0.step)
            .field("attempt", &self.0.attempt)
            .field("kind", &self.0.kind)
            .field("message", &self.0.message);
        if !self.0.chain.is_empty() {
            debug.field("chain", &self.0.chain);
        }
        debug.finish_non_exhaustive()
    }
}

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step `{}` failed: {}", self.0.step, self.0.message)
    }
}

impl StdError for StepError {}

/// The beginning of a text that is too long to be recorded.
fn beginning(text: &str) -> String {
    const CHARS_MAX: usize = 4_096;
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}… (cut; it had {} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}

/// Why a run was not started.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The engine does not know the workflow: it was not given to the builder.
    NotRegistered {
        /// The workflow's name.
        workflow: String,
    },
    /// The id is empty.
    EmptyId,
    /// The input cannot be encoded, or what was encoded does not decode.
    Input {
        /// The workflow's name.
        workflow: String,
        /// What the codec said.
        why: String,
    },
    /// The id is taken by a run of the workflow with a different input.
    DifferentInput {
        /// The workflow's name.
        workflow: String,
        /// The id.
        id: String,
    },
    /// The id is taken, and the caller asked for a new run.
    Exists {
        /// The workflow's name.
        workflow: String,
        /// The id.
        id: String,
    },
    /// The store refused; starting again with the same id is safe.
    Store(StoreError),
    /// The engine was shut down.
    Detached,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRegistered { workflow } => write!(
                f,
                "cannot start `{workflow}`: the engine does not know it; \
                 add `.workflow({workflow})` to its builder"
            ),
            Self::EmptyId => f.write_str(
                "cannot start a run with an empty id; give it one that names what it is for, \
                 or use `start_new`",
            ),
            Self::Input { workflow, why } => {
                write!(
                    f,
                    "cannot start `{workflow}`: its input cannot be recorded: {why}"
                )
            }
            Self::DifferentInput { workflow, id } => write!(
                f,
                "cannot start `{workflow}` as `{id}`: a run with this id was started with a \
                 different input; use another id, or `engine.run` to get the existing one"
            ),
            Self::Exists { workflow, id } => write!(
                f,
                "cannot start `{workflow}` as `{id}`: a run with this id exists; use another id, \
                 or attach to the existing one"
            ),
            Self::Store(error) => write!(f, "cannot start the run: {error}"),
            Self::Detached => f.write_str("cannot start the run: the engine was shut down"),
        }
    }
}

impl StdError for StartError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            Self::NotRegistered { .. }
            | Self::EmptyId
            | Self::Input { .. }
            | Self::DifferentInput { .. }
            | Self::Exists { .. }
            | Self::Detached => None,
        }
    }
}

/// Why a run has no result.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RunError {
    /// The workflow returned an error or panicked.
    Failed(Box<ErrorInfo>),
    /// The run was cancelled.
    Cancelled {
        /// The reason that was given.
        reason: Option<String>,
    },
    /// The run cannot go on until somebody acts.
    Blocked {
        /// Why, and what to do.
        reason: String,
    },
    /// This engine stopped before the run ended; another one goes on with it.
    Detached,
    /// There is no such run.
    Unknown {
        /// What was asked for.
        run: String,
    },
    /// The run completed, but its recorded output is no value of this type.
    Output {
        /// What the codec said.
        why: String,
    },
    /// The store could not be read.
    Store(StoreError),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(info) => write!(f, "the run failed: {}", info.message),
            Self::Cancelled { reason: None } => f.write_str("the run was cancelled"),
            Self::Cancelled {
                reason: Some(reason),
            } => write!(f, "the run was cancelled: {reason}"),
            Self::Blocked { reason } => write!(f, "the run is blocked: {reason}"),
            Self::Detached => f.write_str(
                "this engine stopped before the run ended; the next engine on the store goes on \
                 with it",
            ),
            Self::Unknown { run } => write!(f, "there is no run {run}"),
            Self::Output { why } => write!(
                f,
                "the run completed, but its recorded output does not decode: {why}"
            ),
            Self::Store(error) => write!(f, "the run's state could not be read: {error}"),
        }
    }
}

impl StdError for RunError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            Self::Failed(_)
            | Self::Cancelled { .. }
            | Self::Blocked { .. }
            | Self::Detached
            | Self::Unknown { .. }
            | Self::Output { .. } => None,
        }
    }
}

/// What a cancel did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cancelled {
    /// The request is durable: the run ends as cancelled and never completes.
    Accepted,
    /// The run had ended before, in this way.
    Ended(RunStatus),
    /// There is no such run.
    Unknown,
}
