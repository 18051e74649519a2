//! What the macros' expansions name; not for hand-written code.

pub use crate::scope::{
    Attempt, Closed, Driven, Failed, Finished, Interrupted, Panicked, Run, RunToken, Scope, Site,
    Sleep, Step, StepOptions, TrackerGuard, Wake,
};
