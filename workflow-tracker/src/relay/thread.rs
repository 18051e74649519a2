//! The relay's own thread and runtime: what runs there, and how it ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{
    UnboundedReceiver, UnboundedSender, WeakUnboundedSender, unbounded_channel,
};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout_at;

use super::caught::caught;
use super::driver::Driver;
use super::job::Bench;
use super::open;
use super::state::{RelayState, TrackerState};
use super::wait::Wait;
use super::{RelayOptions, StartError};
use crate::chronicle::Line;
use crate::{CursorMove, EventLog, LANES, Pace, Tracker};

/// The part of a shutdown's time that is kept for making cursors durable, and its limit.
const SETTLE_PART: u32 = 4;
const SETTLE_MAX: Duration = Duration::from_millis(500);
/// How long making cursors durable may take when the deadline has passed already.
const SETTLE_SLACK: Duration = Duration::from_millis(50);

/// What the relay's thread can be asked to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// Read the positions again.
    Refresh,
    /// Wait for delivery.
    Wait(Wait),
    /// Wait for delivery, then end.
    Shutdown(Wait),
    /// End: the wait of a shutdown is over.
    End(Wait),
}

type Ready = oneshot::Receiver<Result<Arc<RelayState>, StartError>>;

/// Starts the thread. Its state comes when the cursors are open.
pub(crate) fn spawn(
    log: Arc<dyn EventLog>,
    trackers: Vec<Arc<dyn Tracker>>,
    options: RelayOptions,
) -> Result<(UnboundedSender<Command>, Ready), StartError> {
    let (commands, inbox) = unbounded_channel();
    let (ready, started) = oneshot::channel();
    let life = Life {
        log,
        inbox,
        // A strong one would keep the thread alive when the relay is dropped.
        commands: commands.downgrade(),
    };
    std::thread::Builder::new()
        .name("workflow-relay".to_owned())
        .spawn(move || life.run(trackers, &options, ready))
        .map_err(StartError::Thread)?;
    Ok((commands, started))
}

struct Life {
    log: Arc<dyn EventLog>,
    inbox: UnboundedReceiver<Command>,
    commands: WeakUnboundedSender<Command>,
}

/// The answer to a shutdown, given when nothing of the relay is left.
type Farewell = (Wait, Arc<RelayState>);

impl Life {
    fn run(
        self,
        trackers: Vec<Arc<dyn Tracker>>,
        options: &RelayOptions,
        ready: oneshot::Sender<Result<Arc<RelayState>, StartError>>,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = match runtime {
            Ok(runtime) => runtime,
            Err(error) => {
                let _ = ready.send(Err(StartError::Thread(error)));
                return;
            }
        };
        let farewell = runtime.block_on(self.live(trackers, options, ready));
        // A name lookup may hang for long on a thread of the runtime: it is not waited for.
        runtime.shutdown_background();
        if let Some((wait, state)) = farewell {
            wait.answer(&state);
        }
    }

    async fn live(
        mut self,
        trackers: Vec<Arc<dyn Tracker>>,
        options: &RelayOptions,
        ready: oneshot::Sender<Result<Arc<RelayState>, StartError>>,
    ) -> Option<Farewell> {
        let mut rng = options
            .seed
            .map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        let state = match open::open(&*self.log, trackers, options, &mut rng).await {
            Ok(state) => Arc::new(state),
            Err(error) => {
                let _ = ready.send(Err(error));
                return None;
            }
        };
        let mut drivers = JoinSet::new();
        for tracker in &state.trackers {
            let bench = Bench {
                log: Arc::clone(&self.log),
                relay: Arc::clone(&state),
                tracker: Arc::clone(tracker),
            };
            drivers.spawn(supervise(bench, rng.fork()));
        }
        let _ = ready.send(Ok(Arc::clone(&state)));
        let wait = self.serve(&state).await?;
        drivers.shutdown().await;
        settle(&state, &*self.log, wait.deadline).await;
        Some((wait, state))
    }

    /// Does what it is asked to do, until the end. Gives the shutdown that ended it, where it was
    /// one; it ends as well when the relay is dropped.
    async fn serve(&mut self, state: &Arc<RelayState>) -> Option<Wait> {
        loop {
            let (state, log) = (Arc::clone(state), Arc::clone(&self.log));
            match self.inbox.recv().await? {
                Command::Refresh => {
                    tokio::spawn(refresh(state, log));
                }
                Command::Wait(wait) => {
                    tokio::spawn(wait.serve(state, log));
                }
                Command::Shutdown(wait) => {
                    let commands = self.commands.upgrade();
                    tokio::spawn(shut_down(wait, state, log, commands));
                }
                Command::End(wait) => return Some(wait),
            }
        }
    }
}

/// Waits as long as a shutdown may, and then has the thread end.
async fn shut_down(
    mut wait: Wait,
    state: Arc<RelayState>,
    log: Arc<dyn EventLog>,
    commands: Option<UnboundedSender<Command>>,
) {
    let left = wait.deadline.saturating_duration_since(Instant::now());
    let kept = (left / SETTLE_PART).min(SETTLE_MAX);
    let until = wait.deadline.checked_sub(kept).unwrap_or(wait.deadline);
    wait.run(&state, &*log, until).await;
    if let Some(commands) = commands {
        let _ = commands.send(Command::End(wait));
    }
}

/// Makes the cursors durable.
async fn settle(state: &RelayState, log: &dyn EventLog, deadline: Instant) {
    let until = deadline.max(Instant::now() + SETTLE_SLACK);
    let settled = caught(async {
        state
            .trackers
            .iter()
            .for_each(|tracker| advance(tracker, log));
        log.settle().await
    });
    let found = match timeout_at(until.into(), settled).await {
        Ok(Ok(Ok(()))) => return,
        Ok(Ok(Err(error))) => error.to_string(),
        Ok(Err(_)) => "making the cursors durable panicked".to_owned(),
        Err(_) => "making the cursors durable took longer than the shutdown may".to_owned(),
    };
    for tracker in &state.trackers {
        tracker
            .chronicle
            .write(Line::LogError { found: &found }, Instant::now());
    }
}

/// Repeats the last move of each cursor: one that panicked may have been lost.
fn advance(tracker: &TrackerState, log: &dyn EventLog) {
    for lane in 0..LANES {
        if let Some(pos) = tracker.moved(lane) {
            log.advance(CursorMove {
                tracker: Arc::clone(&tracker.name),
                lane,
                pos,
            });
        }
    }
}

/// Runs a tracker's driver, and another one where it panics.
async fn supervise(bench: Bench, mut rng: fastrand::Rng) {
    let retries = Pace::default().retries;
    for failures in 1.. {
        let driver = Driver::new(bench.clone(), rng.fork());
        if caught(driver.run()).await.is_ok() {
            return;
        }
        bench.tracker.counters.restarts.increment();
        let found = "the tracker's driver panicked";
        bench
            .tracker
            .chronicle
            .write(Line::Panic { found }, Instant::now());
        tokio::time::sleep(retries.jittered(failures, &mut rng)).await;
    }
}

/// Reads how far the log goes, until it could be read.
async fn refresh(state: Arc<RelayState>, log: Arc<dyn EventLog>) {
    let Some(tracker) = state.trackers.first() else {
        return;
    };
    let retries = Pace::default().retries;
    let mut rng = fastrand::Rng::new();
    for failures in 1.. {
        state.end_refresh();
        let read = caught(async { log.positions(tracker.name()).await });
        let found = match read.await {
            Ok(Ok(positions)) => return state.raise(&positions),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "reading the positions panicked".to_owned(),
        };
        tracker.counters.log_errors.increment();
        tracker
            .chronicle
            .write(Line::LogError { found: &found }, Instant::now());
        tokio::time::sleep(retries.jittered(failures, &mut rng)).await;
    }
}
