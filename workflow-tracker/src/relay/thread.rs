//! The relay's own thread and runtime: what runs there, and how it ends.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc::{
    UnboundedReceiver, UnboundedSender, WeakUnboundedSender, unbounded_channel,
};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::caught::caught;
use super::driver::Driver;
use super::ending::{settle, shut_down};
use super::job::Bench;
use super::open;
use super::replay::Replay;
use super::state::RelayState;
use super::wait::Wait;
use super::{RelayOptions, StartError};
use crate::chronicle::Line;
use crate::{EventLog, Pace, Tracker};

/// What the relay's thread can be asked to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// Read the positions again.
    Refresh,
    /// Wait for delivery.
    Wait(Wait),
    /// Send a dead letter once more.
    Replay(Replay),
    /// Wait for delivery, then end.
    Shutdown(Wait),
    /// End: the wait of a shutdown is over.
    End(Wait),
}

/// What becomes of a start.
type Started = Result<Arc<RelayState>, StartError>;

/// Starts the thread. Its state comes when the cursors are open.
pub(crate) fn spawn(
    log: Arc<dyn EventLog>,
    trackers: Vec<Arc<dyn Tracker>>,
    options: RelayOptions,
) -> Result<(UnboundedSender<Command>, oneshot::Receiver<Started>), StartError> {
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
        ready: oneshot::Sender<Started>,
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
        ready: oneshot::Sender<Started>,
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
                Command::Replay(replay) => {
                    tokio::spawn(replay.serve(state, log));
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
        if !state.begin_refresh() {
            // Somebody asked for one during the read; that one goes on.
            return;
        }
        tokio::time::sleep(retries.jittered(failures, &mut rng)).await;
    }
}
