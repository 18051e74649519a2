//! A ticker for tests that cannot wait.

use std::time::Duration;

use workflow_tracker::BoxFuture;

use crate::time::Ticker;

/// Machine time that runs many times faster.
#[derive(Clone, Copy, Debug)]
pub struct FastTicker {
    times: u32,
}

impl FastTicker {
    /// A ticker whose pauses are this many times shorter.
    ///
    /// # Panics
    ///
    /// Where `times` is 0.
    pub const fn new(times: u32) -> Self {
        assert!(times > 0, "time that stands still never ends a pause");
        Self { times }
    }
}

impl Ticker for FastTicker {
    fn pause(&self, length: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(length / self.times))
    }
}
