//! The results of operations that wait for something outside of the run.

use std::any::type_name;

use workflow_tracker::events::ErrorKind;

use super::operation::Named;
use crate::codec;
use crate::error::{Failure, StepError};
use crate::journal::Outcome;

/// How a value is read from what was recorded.
pub(super) type Decode<T> = fn(&[u8]) -> Result<T, String>;

/// A recorded result as the body gets it; `what` names the value where it does not decode.
pub(super) fn result_of<T>(
    named: &Named<'_>,
    outcome: Outcome,
    decode: Decode<T>,
    what: &str,
) -> Result<T, StepError> {
    let message = match outcome {
        Outcome::Value(bytes) => match decode(&bytes) {
            Ok(value) => return Ok(value),
            Err(why) => format!("{what} does not decode as `{}`: {why}", type_name::<T>()),
        },
        Outcome::Error(bytes) => match codec::decode(&bytes) {
            Ok(error) => return Err(error),
            Err(why) => format!("the recorded error does not decode: {why}"),
        },
        Outcome::Elapsed => format!("{what} is the end of a sleep"),
    };
    let id = named.execution.state().identity(named.no);
    let failure = Failure::new(ErrorKind::Encoding, message);
    Err(StepError::new(&id.name, 1, Vec::new(), failure))
}
