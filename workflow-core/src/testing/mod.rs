//! What tests of workflows and of stores use.

mod clock;

pub use clock::TestClock;
