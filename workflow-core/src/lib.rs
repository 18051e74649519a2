//! Durable workflows as a library: annotate an `async fn`, survive every crash, lose no event.

pub mod codec;
mod error;
mod id;
mod retry;
pub mod scope;
mod spec;
pub mod store;
mod time;

#[doc(hidden)]
pub mod __private;

pub use error::{Cancelled, Error, Failure, Result, RunError, StartError, StepError};
pub use id::RunId;
pub use retry::{IntoDuration, Retry};
pub use scope::{Call, IntoCall, Output, Workflow};
pub use spec::{Input, Nesting, Operation, OperationKind, ResourceSpec, Spec};
pub use time::{Clock, DurationError, SystemClock, duration};
pub use workflow_tracker as tracker;
pub use workflow_tracker::Timestamp;
pub use workflow_tracker::events::ErrorKind;
