//! Durable workflows as a library: annotate an `async fn`, survive every crash, lose no event.

mod codec;
mod engine;
mod error;
mod id;
mod journal;
mod resources;
mod retry;
mod run;
pub mod scope;
mod sensitive;
mod showing;
mod spec;
pub mod store;
mod time;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

#[doc(hidden)]
pub mod __private;

pub use engine::{
    Engine, EngineBuilder, EngineError, Health, IfExists, KnownTracker, Purged, Retention,
    RunEvent, RunHandle, RunHealth, Shutdown, SignalError, Start,
};
pub use error::{Cancelled, Error, Failure, Result, RunError, StartError, StepError};
pub use id::RunId;
pub use retry::{IntoDuration, Retry};
pub use scope::{Call, IntoCall, Output, Part, Workflow, idempotency_key, is_replaying};
pub use sensitive::Sensitive;
pub use spec::{
    Called, Change, Handle, HasSpec, Input, Manifest, ManifestOperation, Nesting, Operation,
    OperationKind, ResourceSpec, Spec, Typed, WrittenOption,
};
pub use store::{Census, RunQuery, RunRecord, RunStatus};
pub use time::{Clock, DurationError, SystemClock, SystemTicker, Ticker, duration};
pub use workflow_macros::{child, part, sleep, step, value, wait, workflow};
pub use workflow_tracker as tracker;
#[cfg(feature = "http")]
pub use workflow_tracker::HttpTracker;
pub use workflow_tracker::events::ErrorKind;
pub use workflow_tracker::{
    Capture, DeadLetter, LetterId, LetterQuery, Redaction, Replayed, Timestamp,
};

/// What most programs import.
pub mod prelude {
    pub use crate::{
        Capture, Engine, Error, Result, Retry, Sensitive, StepError, child, part, sleep, step,
        value, wait, workflow,
    };
    #[cfg(feature = "http")]
    pub use workflow_tracker::HttpTracker;
}
