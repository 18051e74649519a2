//! The relay: moves events from the log to every tracker, on a thread of its own.

mod account;
mod batch;
mod caught;
mod counters;
mod driver;
mod ending;
mod error;
mod job;
mod open;
mod reading;
mod replay;
mod signal;
mod state;
mod thread;
mod wait;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use crate::stats::{DeliveryReport, TrackerStats};
use crate::tracker::{FOREVER, Tracker};
use crate::{EventLog, LetterId, LogError};

pub use error::StartError;
use replay::Replay;
pub use replay::Replayed;
use state::RelayState;
use thread::Command;
use wait::{Targets, Wait};

/// Whether somebody waits for what was committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// It may be gathered with what comes next.
    Linger,
    /// It goes out at once: a run is over, or somebody waits for delivery.
    Now,
}

/// How a relay behaves, whatever its trackers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelayOptions {
    /// Makes the jitter of the waits the same each time; chance decides where it is absent.
    pub seed: Option<u64>,
    /// How long [`Relay::start`] tries to open the cursors, where the log is busy.
    pub open_within: Duration,
}

impl Default for RelayOptions {
    /// Chance decides about jitter; the cursors are opened within ten seconds.
    fn default() -> Self {
        Self {
            seed: None,
            open_within: Duration::from_secs(10),
        }
    }
}

impl RelayOptions {
    /// Makes the jitter of the waits the same each time.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// How long [`Relay::start`] tries to open the cursors, where the log is busy.
    #[must_use]
    pub const fn open_within(mut self, within: Duration) -> Self {
        self.open_within = within;
        self
    }
}

/// Delivers the events of a log to trackers, from a thread and a runtime of its own.
///
/// It goes on whatever becomes of the caller's runtime, and none of its methods waits for a
/// destination unless asked to. The futures it returns can be awaited on any runtime or none.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use workflow_tracker::{EventLog, Relay, RelayOptions, Tracker, Urgency};
///
/// async fn deliver(
///     log: Arc<dyn EventLog>,
///     tracker: Arc<dyn Tracker>,
/// ) -> Result<(), Box<dyn std::error::Error>> {
///     let relay = Relay::start(log, vec![tracker], RelayOptions::default()).await?;
///     // … commit events up to position 7 of lane 3, the last one an outcome …
///     relay.committed(3, 7, Urgency::Now);
///     let report = relay.shutdown(Duration::from_secs(5)).await;
///     println!("{} delivered, {} pending", report.delivered(), report.pending());
///     Ok(())
/// }
/// ```
///
/// Dropping it stops the thread without waiting for anything, once those who wait for delivery have
/// their answers; what is pending stays in the log.
pub struct Relay {
    state: Arc<RelayState>,
    commands: UnboundedSender<Command>,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.trackers().collect();
        f.debug_struct("Relay")
            .field("trackers", &names)
            .finish_non_exhaustive()
    }
}

impl Relay {
    /// Starts a relay for these trackers. When it returns, their cursors are open: every event
    /// committed from then on will be delivered to each of them.
    pub async fn start(
        log: Arc<dyn EventLog>,
        trackers: Vec<Arc<dyn Tracker>>,
        options: RelayOptions,
    ) -> Result<Self, StartError> {
        open::check_names(&trackers)?;
        let (commands, ready) = thread::spawn(log, trackers, options)?;
        let died = || StartError::Thread(std::io::Error::other("the thread ended early"));
        let state = ready.await.map_err(|_| died())??;
        Ok(Self { state, commands })
    }

    /// The names of the trackers, in the order in which they were given.
    pub fn trackers(&self) -> impl Iterator<Item = &str> {
        self.state.trackers.iter().map(|tracker| tracker.name())
    }

    /// Tells that the log has events up to `pos` in `lane`. Call it after every commit, from any
    /// thread; it costs some tens of nanoseconds, and wakes the relay only when it must.
    ///
    /// # Panics
    ///
    /// Where there is no such lane.
    pub fn committed(&self, lane: u8, pos: u64, urgency: Urgency) {
        self.state.committed(lane, pos, urgency);
    }

    /// Tells that another process may have committed events: the positions are read again.
    pub fn refresh(&self) {
        if self.state.begin_refresh() {
            // A relay that was shut down has no use for positions.
            let _ = self.commands.send(Command::Refresh);
        }
    }

    /// Asks for the delivery of everything committed up to now, without delay, and waits for it
    /// until the deadline `within` has passed, counted from this call. Nothing is lost when it
    /// passes: what is outstanding stays in the log and delivery goes on.
    ///
    /// A destination that failed is tried again once a second during the wait, unless it asked to
    /// be left alone (`Retry-After`).
    pub fn flush(&self, within: Duration) -> impl Future<Output = DeliveryReport> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        let targets = self.state.everything();
        let wait = Wait::for_everything(targets, after(within), reply);
        self.ask(Command::Wait(wait), targets, answer)
    }

    /// The same for the events of one lane up to a position, such as the last event of a run.
    ///
    /// # Panics
    ///
    /// Where there is no such lane.
    pub fn delivered(
        &self,
        lane: u8,
        pos: u64,
        within: Duration,
    ) -> impl Future<Output = DeliveryReport> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        // Another process may have committed it.
        self.state.committed(lane, pos, Urgency::Now);
        let targets = Targets::one(lane, pos);
        let wait = Wait::for_some(targets, after(within), reply);
        self.ask(Command::Wait(wait), targets, answer)
    }

    /// The position up to which a tracker is done with a lane; `None` where there is none of that
    /// name.
    ///
    /// # Panics
    ///
    /// Where there is no such lane.
    pub fn passed(&self, tracker: &str, lane: u8) -> Option<u64> {
        let found = self.state.tracker(tracker)?;
        Some(found.acknowledged(lane))
    }

    /// Sends a dead letter once more, on a connection of its own, and says what became of it.
    ///
    /// An error where the log fails, where the letter's tracker is not one of this relay, or after
    /// a shutdown.
    pub fn replay(
        &self,
        letter: LetterId,
    ) -> impl Future<Output = Result<Replayed, LogError>> + Send + use<> {
        let (replay, answer) = Replay::new(letter);
        // Where it cannot be sent, it is dropped, and with it the other end of `answer`.
        let _ = self.commands.send(Command::Replay(replay));
        let ended = |_| Err(LogError::new("the relay was shut down before the replay"));
        async move { answer.await.unwrap_or_else(ended) }
    }

    /// What a tracker has done so far; `None` where there is none of that name.
    pub fn stats(&self, tracker: &str) -> Option<TrackerStats> {
        let found = self.state.tracker(tracker)?;
        Some(found.stats(&self.state.heads()))
    }

    /// Goes on with a tracker whose destination said that it is gone (410), or that is blocked for
    /// another reason: it is asked again at once. `false` where there is none of that name.
    pub fn resume(&self, tracker: &str) -> bool {
        let found = self.state.tracker(tracker);
        found.inspect(|state| state.resume()).is_some()
    }

    /// Flushes, makes the cursors durable and stops the thread, all within the deadline, counted
    /// from this call. What is outstanding then stays in the log, for the next relay.
    pub fn shutdown(
        &self,
        within: Duration,
    ) -> impl Future<Output = DeliveryReport> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        let targets = self.state.everything();
        let wait = Wait::for_everything(targets, after(within), reply);
        self.ask(Command::Shutdown(wait), targets, answer)
    }

    /// Sends a command that has an answer. Where the thread is gone, the answer is what is known.
    fn ask(
        &self,
        command: Command,
        targets: Targets,
        answer: oneshot::Receiver<DeliveryReport>,
    ) -> impl Future<Output = DeliveryReport> + Send + use<> {
        // Where it cannot be sent, the command is dropped, and with it the other end of `answer`.
        let _ = self.commands.send(command);
        let state = Arc::clone(&self.state);
        // The thread lives until everybody who waits has an answer.
        let alive = self.commands.clone();
        async move {
            let answer = answer.await;
            drop(alive);
            answer.unwrap_or_else(|_| state.report(&targets))
        }
    }
}

/// The instant after a duration that may be as long as the caller likes.
fn after(within: Duration) -> Instant {
    Instant::now() + within.min(FOREVER)
}
