//! What the macros' expansions name; not for hand-written code.

mod attempt;
mod call;
mod describe;
mod lend;
mod macros;
mod operation;
mod part;

pub use attempt::{Body, Checked, attempt, decide, ended, once, perform};
pub use call::{Refused, call, refused};
pub use describe::{Tag, tags};
pub use lend::{Lender, lend};
pub use operation::{after, literal, operation, until};
pub use part::{Callee, RefusedPart, boxed, links, part, refused_part};

pub use crate::scope::{
    Attempt, Closed, Driven, Failed, Finished, InPart, Interrupted, Panicked, Run, RunToken, Scope,
    Site, Sleep, Step, StepOptions, TrackerGuard, Value, Wake,
};
pub use crate::spec::{Input, Nesting, Operation, OperationKind, ResourceSpec, Spec};
pub use crate::{
    __call as child, __call as part, __describe as describe, __describer as describer,
    __for_editors as for_editors, __sleep as sleep, __spec_of as spec_of, __step as step,
    __step_move as step_move, __step_once as step_once, __value as value, __wait as wait,
};
