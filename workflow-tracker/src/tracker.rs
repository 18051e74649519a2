//! What a tracker is: a name, where its events go, and at which pace.

use std::fmt;
use std::time::Duration;

use crate::backoff::Doubling;
use crate::transport::{Fault, Transport};
use crate::{Capture, Encoder, Origin, StartAt};

/// The longest that anything waits: what is longer could not be added to an instant.
pub(crate) const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The shortest wait after a failure that can be asked for: less would be a busy loop.
const AT_LEAST: Duration = Duration::from_millis(1);

/// One destination of events, by configuration.
///
/// The name owns the cursors in the log: under the same name delivery goes on where it was, even
/// with another destination.
pub trait Tracker: fmt::Debug + Send + Sync + 'static {
    /// The name. No two trackers of a relay may share it.
    fn name(&self) -> &str;

    /// Where delivery begins if the log does not know the name.
    fn start_at(&self) -> StartAt {
        StartAt::End
    }

    /// What the events say about where they come from.
    fn origin(&self) -> &Origin;

    /// How events become the body of a request.
    fn encoder(&self) -> &dyn Encoder;

    /// Which values its events show. Asked once, when the engine is started.
    fn capture(&self) -> Capture {
        Capture::WhereAsked
    }

    /// How much is sent at once, and how often.
    fn pace(&self) -> Pace {
        Pace::default()
    }

    /// Whether large requests are compressed, as long as the endpoint takes them so.
    fn compression(&self) -> Compression {
        Compression::Off
    }

    /// Events that are older than this when they could be delivered are dropped, and counted as
    /// expired. Without a limit, which is the default, nothing ever is.
    ///
    /// The age is measured from the commit, by the wall clock as it was when the relay started
    /// and the time that has passed since: a clock that is set does not make events old.
    fn age_max(&self) -> Option<Duration> {
        None
    }

    /// Makes what carries the requests. Called on the relay's thread, inside its runtime, before
    /// the first request; called again later where it failed.
    fn connect(&self) -> Result<Box<dyn Transport>, Fault>;
}

/// How requests are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    #[default]
    Off,
    /// Bodies above 1 KiB with gzip; not any more once the endpoint answered 415, or took a
    /// request only after it was sent as it is.
    #[cfg(feature = "http")]
    Gzip,
}

/// How much a tracker sends at once, how long it gathers, and how long it waits after a failure.
///
/// ```
/// use std::time::Duration;
/// use workflow_tracker::Pace;
///
/// let gentle = Pace::default().lanes_at_once(1).linger(Duration::from_secs(1));
/// # let _ = gentle;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    pub(crate) lanes_at_once: usize,
    pub(crate) linger: Duration,
    pub(crate) batch_events_max: usize,
    pub(crate) batch_bytes_max: usize,
    pub(crate) retries: Doubling,
    pub(crate) probes: Doubling,
}

impl Default for Pace {
    /// Four lanes at once; batches of 100 events or 512 KiB, gathered for 50 ms; retries after up
    /// to 250 ms, doubling to a minute; probes of a blocked destination after 30 s, doubling to
    /// five minutes.
    fn default() -> Self {
        Self {
            lanes_at_once: 4,
            linger: Duration::from_millis(50),
            batch_events_max: 100,
            batch_bytes_max: 512 * 1024,
            retries: Doubling {
                first: Duration::from_millis(250),
                max: Duration::from_secs(60),
            },
            probes: Doubling {
                first: Duration::from_secs(30),
                max: Duration::from_secs(5 * 60),
            },
        }
    }
}

impl Pace {
    /// How many requests are in flight at most, each for another lane; at least one.
    #[must_use]
    pub fn lanes_at_once(mut self, lanes: usize) -> Self {
        self.lanes_at_once = lanes.max(1);
        self
    }

    /// How long events are gathered before they are sent. A run's outcome and a flush do not
    /// wait for it.
    #[must_use]
    pub fn linger(mut self, linger: Duration) -> Self {
        self.linger = linger.min(FOREVER);
        self
    }

    /// How many events a request holds at most; at least one.
    #[must_use]
    pub fn batch_events_max(mut self, events: usize) -> Self {
        self.batch_events_max = events.max(1);
        self
    }

    /// How many bytes a body has at most. A single event may be larger.
    #[must_use]
    pub const fn batch_bytes_max(mut self, bytes: usize) -> Self {
        self.batch_bytes_max = bytes;
        self
    }

    /// How long to wait after a failure: at random up to `first`, doubling up to `max`.
    #[must_use]
    pub fn retries(mut self, first: Duration, max: Duration) -> Self {
        self.retries = doubling(first, max);
        self
    }

    /// How long to wait between probes of a blocked destination: `first`, doubling up to `max`.
    #[must_use]
    pub fn probes(mut self, first: Duration, max: Duration) -> Self {
        self.probes = doubling(first, max);
        self
    }
}

fn doubling(first: Duration, max: Duration) -> Doubling {
    Doubling {
        first: first.clamp(AT_LEAST, FOREVER),
        max: max.clamp(AT_LEAST, FOREVER),
    }
}
