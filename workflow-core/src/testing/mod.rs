//! What tests of workflows and of stores use.

mod clock;
mod ticker;

pub use clock::TestClock;
pub use ticker::FastTicker;
