//! The one scope of an execution: token, guard, and what user code touches.

mod child;
mod execution;
mod guard;
mod idempotency;
mod operation;
mod outside;
pub(crate) mod panics;
mod part;
pub(crate) mod replaying;
mod sleep;
mod step;
mod token;
mod value;
mod value_once;
mod wait;
mod workflow;

pub use child::Child;
pub use guard::{Closed, Driven, Interrupted, Panicked, TrackerGuard};
#[cfg(any(test, feature = "testing"))]
pub(crate) use idempotency::current_step;
pub use idempotency::idempotency_key;
pub use operation::Scope;
pub use part::{Awaited, InPart, Part};
pub use replaying::is_replaying;
pub use sleep::Sleep;
pub use step::{Attempt, Failed, Step};
pub use token::{Finished, Run, RunToken};
pub use value::{InputValue, Inputs, OutputValue, StepValue};
pub use value_once::Value;
pub use wait::Wait;
pub use workflow::{Call, IntoCall, Output, Workflow};

pub use crate::run::{Site, StepOptions, WaitOptions, Wake};

pub(crate) use execution::Execution;
pub(crate) use step::Attempts;
pub(crate) use value_once::Take;
