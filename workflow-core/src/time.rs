//! Workflow time, and durations as people write them.

use std::fmt;
use std::time::{Duration, SystemTime};

use workflow_tracker::{BoxFuture, Timestamp};

/// Workflow time: what sleeps, retries, timeouts and timestamps are measured by.
///
/// Tests move it by hand; everything else (the relay's backoff, group commit) uses the machine's
/// monotonic clock.
pub trait Clock: Send + Sync + 'static {
    /// The instant now.
    fn now(&self) -> Timestamp;

    /// Ends when the clock shows `instant` or later.
    fn sleep_until(&self, instant: Timestamp) -> BoxFuture<'_, ()>;
}

/// The machine's wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// How often a long wait looks at the wall clock again: it may have been set, or the machine
/// suspended.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }

    fn sleep_until(&self, instant: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            loop {
                let left = instant.since(self.now());
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(LOOK_AGAIN)).await;
            }
        })
    }
}

/// Machine time: what everything but workflow time is measured by, such as the pause before a
/// commit that failed is tried again. It never goes back, and has no date.
pub trait Ticker: Send + Sync + 'static {
    /// Ends after so long.
    fn pause(&self, length: Duration) -> BoxFuture<'static, ()>;
}

/// The machine's monotonic clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemTicker;

impl Ticker for SystemTicker {
    fn pause(&self, length: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(length))
    }
}

/// A text that is no duration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurationError {
    text: String,
    why: String,
}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no duration: {}; write it like \"30s\", \"1 day\" or \"2h 30m\" \
             (units: ms, s, min, h, days, weeks)",
            self.text, self.why
        )
    }
}

impl std::error::Error for DurationError {}

/// Reads a duration as people write it: `"30s"`, `"1 day"`, `"2h 30m"`.
///
/// # Errors
///
/// Where the text is no such duration; the error names the text.
///
/// ```
/// # use std::time::Duration;
/// assert_eq!(workflow_core::duration("2h 30m"), Ok(Duration::from_secs(9000)));
/// let error = workflow_core::duration("5 parsecs").unwrap_err();
/// assert!(error.to_string().contains("`5 parsecs` is no duration"));
/// ```
pub fn duration(text: &str) -> Result<Duration, DurationError> {
    humantime::parse_duration(text).map_err(|error| DurationError {
        text: text.to_owned(),
        why: error.to_string(),
    })
}
