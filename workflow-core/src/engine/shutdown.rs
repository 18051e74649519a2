//! Stops an engine within a deadline, and says what is left.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::timeout;
use workflow_tracker::DeliveryReport;

use super::core::Core;
use super::mailbox::Mail;

/// What an engine left behind when it was shut down. Nothing of it is lost: the next engine on
/// the store goes on with it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shutdown {
    /// Runs whose steps were still executing at the deadline; those steps run again.
    pub runs_dropped: usize,
    /// What became of the events; `None` where this engine delivered none.
    pub delivery: Option<DeliveryReport>,
}

impl fmt::Display for Shutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.runs_dropped {
            0 => f.write_str("every step ended")?,
            1 => f.write_str("1 run was given back in the middle of a step")?,
            runs => write!(f, "{runs} runs were given back in the middle of a step")?,
        }
        match &self.delivery {
            Some(delivery) => write!(f, "; {delivery}"),
            None => Ok(()),
        }
    }
}

impl Core {
    /// Lets attempts end for at most half of the time, then delivers for the rest of it.
    pub(super) async fn shutdown(self: &Arc<Self>, within: Duration) -> Shutdown {
        let deadline = Instant::now() + within;
        let left = || deadline.saturating_duration_since(Instant::now());
        self.keep_lease(true);
        self.stop();
        self.send_all(&Mail::Drain);
        // The waits below may well be cut short: whatever is left then is counted.
        let _ = timeout(within / 2, self.until_empty()).await;
        let runs_dropped = self.in_memory();
        self.give_back();
        let delivery = match self.take_relay() {
            Some(relay) => Some(relay.shutdown(left()).await),
            None => None,
        };
        let _ = timeout(left(), self.until_empty()).await;
        // Behind this lie the claims that were given back: whoever gets the lease sees them.
        let _ = timeout(left(), self.store.settle()).await;
        self.keep_lease(false);
        Shutdown {
            runs_dropped,
            delivery,
        }
    }

    async fn until_empty(&self) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.in_memory() == 0 {
                return;
            }
            changed.await;
        }
    }
}
