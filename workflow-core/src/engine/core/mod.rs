//! What the tasks of one engine share.

mod presence;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use workflow_tracker::{Capture, Redaction, Relay, Timestamp, Tracker, Urgency};

use super::driver::ClaimCell;
use super::handle::RunCell;
use super::health::StoreHealth;
use super::mailbox::{Mail, Mailbox};
use super::manifests::Causes;
use super::registry::Registry;
use super::retention::Retention;
use super::slots::Slots;
use crate::id::Chance;
use crate::resources::Resources;
use crate::run::RunState;
use crate::scope::Execution;
use crate::showing::Showing;
use crate::spec::Spec;
use crate::store::{Committed, Lease, RunNo, Store};
use crate::time::{Clock, Ticker};

/// What the builder decided.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// Waits from this length on leave memory.
    pub(super) park_from: Duration,
    /// Claims after a crash before a run is given up.
    pub(super) recoveries_max: u32,
    /// Runs that recovery claims while so many are in memory wait for others to leave.
    pub(super) in_memory_max: usize,
    /// How long finished runs are kept.
    pub(super) retention: Retention,
    /// Runs that execute at once.
    pub(super) concurrent_max: usize,
}

/// What the tasks of one engine share.
pub(super) struct Core {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ticker: Arc<dyn Ticker>,
    pub(super) registry: Registry,
    pub(super) resources: Arc<Resources>,
    pub(super) trackers: Vec<Arc<dyn Tracker>>,
    pub(super) options: Options,
    pub(super) health: StoreHealth,
    pub(super) causes: Causes,
    pub(super) seed: Option<u64>,
    /// Whether a tracker asks for all values.
    capture_all: bool,
    redaction: Arc<Redaction>,
    chance: Mutex<Chance>,
    /// The runs in memory.
    active: Mutex<HashMap<RunNo, Arc<Mailbox>>>,
    /// Letters to runs that left memory before they read them.
    forwarded: Mutex<Vec<(RunNo, Mail)>>,
    /// A commit put requests into inboxes, and nobody was told.
    requested: AtomicBool,
    /// Those who wait for runs.
    cells: Mutex<HashMap<RunNo, Weak<RunCell>>>,
    lease: Mutex<Option<Lease>>,
    /// The epoch of the lease; 0 while there is none.
    epoch: AtomicU64,
    relay: RwLock<Option<Arc<Relay>>>,
    /// Wakes the scheduler.
    pub(super) schedule: Arc<Notify>,
    pub(super) slots: Arc<Slots>,
    /// When the scheduler looks next, in milliseconds.
    next_look: AtomicU64,
    /// One suspect at a time.
    pub(super) suspects: Arc<tokio::sync::Semaphore>,
    /// Runs are due and wait for others to leave memory.
    starved: AtomicBool,
    stopped: AtomicBool,
    /// A shutdown under way lets the lease go itself, once what it gave back is durable.
    lease_kept: AtomicBool,
    /// Wakes everybody who waits for the engine to stop, or for its last run to leave memory.
    pub(super) changed: Notify,
}

impl Core {
    pub(super) fn new(parts: Parts) -> Self {
        let seed = parts.seed.unwrap_or_else(|| fastrand::u64(..));
        let schedule = Arc::new(Notify::new());
        let (limits, notify) = (parts.registry.limits(), Arc::clone(&schedule));
        let runs_max = parts.options.concurrent_max;
        let runs_max = runs_max.min(parts.options.in_memory_max);
        let slots = Slots::new(runs_max, limits, notify);
        Self {
            store: parts.store,
            clock: parts.clock,
            ticker: parts.ticker,
            registry: parts.registry,
            resources: Arc::new(parts.resources),
            capture_all: asks_for_all(&parts.trackers),
            redaction: Arc::new(parts.redaction),
            trackers: parts.trackers,
            options: parts.options,
            health: StoreHealth::default(),
            causes: Causes::default(),
            seed: parts.seed,
            chance: Mutex::new(Chance::seeded(seed)),
            active: Mutex::default(),
            forwarded: Mutex::default(),
            // What earlier engines left behind is looked for at the start.
            requested: AtomicBool::new(true),
            cells: Mutex::default(),
            lease: Mutex::default(),
            epoch: AtomicU64::new(0),
            relay: RwLock::default(),
            schedule,
            slots: Arc::new(slots),
            next_look: AtomicU64::new(u64::MAX),
            suspects: Arc::new(tokio::sync::Semaphore::new(1)),
            starved: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            lease_kept: AtomicBool::new(false),
            changed: Notify::new(),
        }
    }

    /// What the events of a workflow's runs show.
    pub(super) fn showing(&self, spec: &Spec) -> Showing {
        Showing::of(spec, self.capture_all, Arc::clone(&self.redaction))
    }

    /// What the events of a run show whose workflow this engine may not know: no values.
    pub(super) fn showing_no_values(&self) -> Showing {
        Showing::of_unknown(Arc::clone(&self.redaction))
    }

    /// A generator for one execution.
    pub(super) fn fork_chance(&self) -> Chance {
        Chance::seeded(lock(&self.chance).fork())
    }

    pub(super) fn with_chance<R>(&self, draw: impl FnOnce(&mut Chance) -> R) -> R {
        draw(&mut lock(&self.chance))
    }

    /// The execution of a run, and the cell that holds its claim.
    pub(super) fn execution(self: &Arc<Self>, state: RunState) -> (Arc<Execution>, ClaimCell) {
        let claim = ClaimCell::default();
        let vanished = claim.clone();
        let store = Arc::clone(&self.store);
        let on_vanish = Box::new(move || {
            if let Some(claim) = vanished.get() {
                store.release(claim);
            }
        });
        let clock = Arc::clone(&self.clock);
        let resources = Arc::clone(&self.resources);
        let execution = Execution::new(state, clock, resources, on_vanish);
        (Arc::new(execution), claim)
    }

    pub(super) fn set_lease(&self, lease: Lease) {
        self.epoch.store(lease.epoch(), Ordering::Release);
        *lock(&self.lease) = Some(lease);
    }

    /// Gives the right to execute back.
    fn drop_lease(&self) {
        self.epoch.store(0, Ordering::Release);
        let lease = lock(&self.lease).take();
        drop(lease);
    }

    /// The epoch under which this engine executes, if it does.
    pub(super) fn epoch(&self) -> Option<u64> {
        match self.epoch.load(Ordering::Acquire) {
            0 => None,
            epoch => Some(epoch),
        }
    }

    pub(super) fn set_relay(&self, relay: Relay) {
        *self.relay.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(relay));
    }

    pub(super) fn relay(&self) -> Option<Arc<Relay>> {
        self.relay
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn take_relay(&self) -> Option<Arc<Relay>> {
        self.relay
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Tells the relay what was committed; `at_rest`: the run will not commit again soon.
    pub(super) fn told(&self, committed: Committed, at_rest: bool) {
        if committed.pos == 0 {
            return;
        }
        if let Some(relay) = &*self.relay.read().unwrap_or_else(PoisonError::into_inner) {
            let urgency = if at_rest {
                Urgency::Now
            } else {
                Urgency::Linger
            };
            relay.committed(committed.lane, committed.pos, urgency);
        }
    }

    /// A commit put requests into the inboxes of other runs: the scheduler reads them.
    pub(super) fn requested(&self) {
        self.requested.store(true, Ordering::Release);
        self.schedule.notify_one();
    }

    /// Whether the scheduler has letters or requests to read.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn has_requests(&self) -> bool {
        self.requested.load(Ordering::Acquire) || !lock(&self.forwarded).is_empty()
    }

    /// Whether that is so since the last call.
    pub(super) fn take_requested(&self) -> bool {
        self.requested.swap(false, Ordering::AcqRel)
    }

    /// The trackers that wait for somebody to act, each with the reason.
    pub(super) fn trackers_blocked(&self) -> Vec<(String, String)> {
        let Some(relay) = self.relay() else {
            return Vec::new();
        };
        let blocked = |name: &str| {
            let blocked = relay.stats(name)?.blocked?;
            Some((name.to_owned(), blocked.detail))
        };
        relay.trackers().filter_map(blocked).collect()
    }

    /// The scheduler has to look at this instant at the latest.
    pub(super) fn look_at(&self, instant: Timestamp) {
        if self.remember_look(instant) {
            self.schedule.notify_one();
        }
    }

    /// The same, said by the scheduler itself; true where that is earlier than it knew.
    pub(super) fn remember_look(&self, instant: Timestamp) -> bool {
        let millis = instant.as_millis();
        millis < self.next_look.fetch_min(millis, Ordering::AcqRel)
    }

    /// The instants told so far count as looked at.
    pub(super) fn begin_look(&self) {
        self.next_look.store(u64::MAX, Ordering::Release);
    }

    /// When the scheduler has to look next.
    pub(super) fn next_look(&self) -> Option<Timestamp> {
        match self.next_look.load(Ordering::Acquire) {
            u64::MAX => None,
            millis => Some(Timestamp::from_millis(millis)),
        }
    }

    /// Asks for the scheduler to be told when a run leaves memory.
    pub(super) fn starve(&self) {
        self.starved.store(true, Ordering::Release);
        // One may have left in between, and found nobody to tell.
        if self.has_room() {
            self.feed();
        }
    }

    /// A run has left memory.
    fn feed(&self) {
        if self.starved.swap(false, Ordering::AcqRel) {
            self.schedule.notify_one();
        }
    }

    /// How many more runs recovery may claim.
    pub(super) fn room(&self) -> usize {
        self.options.in_memory_max.saturating_sub(self.in_memory())
    }

    pub(super) fn has_room(&self) -> bool {
        self.room() > 0
    }

    /// Whether runs are kept in memory while they wait: they leave half of it to those that
    /// execute.
    pub(super) fn keeps_waiting_runs(&self) -> bool {
        self.in_memory() <= self.options.in_memory_max / 2
    }

    /// No run is started or claimed any more; true the first time.
    pub(super) fn stop(&self) -> bool {
        let first = !self.stopped.swap(true, Ordering::AcqRel);
        self.schedule.notify_one();
        self.changed.notify_waiters();
        first
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Lets go of everything at once: runs are given back, and the relay ends. The lease ends
    /// when the last run has left memory, so that no other engine takes one that still runs.
    pub(super) fn detach(&self) {
        self.stop();
        drop(self.take_relay());
        self.give_back();
    }

    /// Gives all runs back, and then the lease.
    pub(super) fn give_back(&self) {
        if let Some(lease) = &*lock(&self.lease) {
            lease.resign();
        }
        self.send_all(&Mail::Stop);
        self.drop_lease_when_idle();
    }

    /// Keeps the lease, or lets it go once no run is in memory.
    pub(super) fn keep_lease(&self, keep: bool) {
        self.lease_kept.store(keep, Ordering::Release);
        self.drop_lease_when_idle();
    }

    pub(super) fn drop_lease_when_idle(&self) {
        let is_kept = self.lease_kept.load(Ordering::Acquire);
        if self.is_stopped() && !is_kept && self.in_memory() == 0 {
            self.drop_lease();
        }
    }
}

/// Whether one of the trackers is to be shown the values of all workflows.
fn asks_for_all(trackers: &[Arc<dyn Tracker>]) -> bool {
    let mut captures = trackers.iter().map(|tracker| tracker.capture());
    captures.any(|capture| capture == Capture::Full)
}

/// What a core is made of.
pub(super) struct Parts {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ticker: Arc<dyn Ticker>,
    pub(super) registry: Registry,
    pub(super) resources: Resources,
    pub(super) trackers: Vec<Arc<dyn Tracker>>,
    pub(super) redaction: Redaction,
    pub(super) options: Options,
    pub(super) seed: Option<u64>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
