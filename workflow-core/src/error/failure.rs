//! An error of the user's code, as it is recorded and shown.

use std::any::Any;
use std::error::Error as StdError;

use workflow_tracker::events::{ErrorInfo, ErrorKind};

use super::StepError;

/// An error of the user's code, described so that it can be recorded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Failure {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
    pub(crate) type_name: Option<String>,
    pub(crate) chain: Vec<String>,
    pub(crate) stack: Option<String>,
    pub(crate) data: Option<serde_json::Value>,
    /// The step error that the failure is or was caused by.
    pub(crate) step: Option<(String, u32)>,
}

impl Failure {
    /// A failure of this kind with only a message.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            ..Self::default()
        }
    }

    /// The same failure, at this place in the code.
    pub(crate) fn at_place(mut self, place: Option<String>) -> Self {
        self.stack = place;
        self
    }

    /// The description of an error and of what caused it.
    ///
    /// A step's error is described as the step described it.
    pub(crate) fn of_error(error: &(dyn StdError + 'static), type_name: &str) -> Self {
        if let Some(error) = error.downcast_ref::<StepError>() {
            return error.failure();
        }
        let mut failure = Self::new(ErrorKind::Error, error.to_string());
        failure.type_name = Some(type_name.to_owned());
        let mut cause = Some(error);
        while let Some(error) = cause {
            if failure.step.is_none()
                && let Some(step) = error.downcast_ref::<StepError>()
            {
                failure.step = Some((step.step().to_owned(), step.attempt()));
            }
            cause = error.source();
            failure.chain.extend(cause.map(ToString::to_string));
        }
        failure
    }

    /// The failure as events carry it.
    pub(crate) fn info(&self) -> ErrorInfo {
        let (step_name, attempt) = self.step.clone().unzip();
        ErrorInfo {
            message: self.message.clone(),
            stack: self.stack.clone(),
            step_name,
            attempt,
            kind: Some(self.kind),
            type_name: self.type_name.clone(),
            chain: self.chain.clone(),
        }
    }
}

/// The message of a panic.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&'static str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a message".to_owned())
}
