//! What tests of workflows and of stores use.

mod clock;
mod emitter;
mod ticker;

pub use clock::TestClock;
#[doc(hidden)]
pub use emitter::Emitter;
pub use ticker::FastTicker;
