//! The one scope of an execution: token, guard, and what user code touches.

mod guard;
mod operation;
mod sleep;
mod step;
mod token;
mod workflow;

pub use guard::{Closed, Driven, Interrupted, Panicked, TrackerGuard};
pub use operation::{Scope, Site};
pub use sleep::{Sleep, Wake};
pub use step::{Attempt, Failed, Step, StepOptions};
pub use token::{Finished, Run, RunToken};
pub use workflow::{Call, IntoCall, Output, Workflow};
