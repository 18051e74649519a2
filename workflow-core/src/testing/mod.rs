//! What tests of workflows and of stores use.

mod calls;
mod clock;
mod columns;
mod crash;
mod emitter;
mod engine;
mod post;
mod process;
mod replay;
mod run;
mod story;
mod ticker;
mod world;

pub use calls::{Call, Calls};
pub use clock::TestClock;
pub use crash::{Boundary, CrashFailure, CrashReport};
#[doc(hidden)]
pub use emitter::Emitter;
pub use engine::TestEngine;
pub use replay::{ReplayError, Replayed, verify_replay};
pub use run::TestRun;
pub use story::Story;
pub use ticker::FastTicker;
pub use workflow_tracker::EventType;
