//! What belongs to one tracker: how far it is, what is on its way, and what became of its events.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::batch::{self, Batch, Press};
use super::counters::Counters;
use super::signal::Signal;
use super::state::PerLane;
use super::wait::Targets;
use crate::chronicle::Chronicle;
use crate::stats::{Blocked, TrackerReport, TrackerStats};
use crate::{Account, Timestamp, Tracker};

/// Where a tracker stood when its cursors were opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    pub(crate) cursors: PerLane<u64>,
    pub(crate) account: Account,
    /// When the first pending event of each lane was recorded.
    pub(crate) oldest: PerLane<Option<Timestamp>>,
}

/// What belongs to one tracker. It outlives a driver that panics.
#[derive(Debug)]
pub(crate) struct TrackerState {
    pub(crate) config: Arc<dyn Tracker>,
    pub(crate) name: Arc<str>,
    pub(crate) signal: Signal,
    pub(crate) counters: Counters,
    pub(crate) chronicle: Chronicle,
    /// What compresses requests, where anything does.
    pub(crate) press: Option<Press>,
    opening: Opening,
    /// When the relay started, by both clocks.
    opened_at: (SystemTime, Instant),
    quarantined: AtomicU64,
    expired: AtomicU64,
    /// The last position of each lane that was acknowledged, in this process or before.
    acknowledged: PerLane<AtomicU64>,
    /// Since when the first pending event of each lane waits, where one does.
    waiting: PerLane<Since>,
    /// What is on its way.
    batches: PerLane<Mutex<Option<Arc<Batch>>>>,
    blocked: Mutex<Option<Blocked>>,
    /// Whether somebody asked to try again what failed.
    hasten: AtomicBool,
    /// Whether somebody asked to go on after a stop.
    resume: AtomicBool,
}

impl TrackerState {
    pub(crate) fn new(config: Arc<dyn Tracker>, opening: &Opening) -> Self {
        let name: Arc<str> = config.name().into();
        Self {
            signal: Signal::default(),
            counters: Counters::default(),
            chronicle: Chronicle::new(&name),
            press: batch::press(),
            acknowledged: opening.cursors.map(AtomicU64::new),
            waiting: opening.oldest.map(Since::new),
            batches: PerLane::default(),
            blocked: Mutex::default(),
            hasten: AtomicBool::new(false),
            resume: AtomicBool::new(false),
            opened_at: (SystemTime::now(), Instant::now()),
            quarantined: AtomicU64::new(opening.account.quarantined),
            expired: AtomicU64::new(opening.account.expired),
            config,
            name,
            opening: *opening,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn acknowledged(&self, lane: u8) -> u64 {
        self.acknowledged[usize::from(lane)].load(Ordering::SeqCst)
    }

    /// The position to which the cursor of a lane has to be moved, where it has to be.
    pub(crate) fn moved(&self, lane: u8) -> Option<u64> {
        let acknowledged = self.acknowledged(lane);
        (acknowledged > self.opening.cursors[usize::from(lane)]).then_some(acknowledged)
    }

    /// The batch of a lane that is on its way.
    pub(crate) fn batch(&self, lane: u8) -> Option<Arc<Batch>> {
        lock(&self.batches[usize::from(lane)]).clone()
    }

    /// Notes that a lane has something pending, or nothing.
    pub(crate) fn look(&self, lane: u8, pending: u64) {
        let waiting = &self.waiting[usize::from(lane)];
        if pending == 0 {
            waiting.set(None);
        } else if waiting.get().is_none() {
            waiting.set(Some(self.now()));
        }
    }

    pub(crate) fn load(&self, lane: u8, batch: Batch) {
        if batch.sent.delivers() {
            self.waiting[usize::from(lane)].set(Some(batch.oldest));
        }
        *lock(&self.batches[usize::from(lane)]) = Some(Arc::new(batch));
    }

    /// Notes that a batch was acknowledged: from now on it is never sent again.
    pub(crate) fn acknowledge(&self, lane: u8, batch: &Batch) {
        // Nothing that follows it in the lane is older.
        self.waiting[usize::from(lane)].set(Some(batch.newest));
        self.pass(lane, batch.sent.last);
    }

    /// Gives up the batch of a lane.
    pub(crate) fn unload(&self, lane: u8) {
        *lock(&self.batches[usize::from(lane)]) = None;
    }

    /// Notes that an event was put aside.
    pub(crate) fn put_aside(&self, lane: u8, pos: u64) {
        // Before it is passed, or it would count as delivered for a moment.
        self.quarantined.fetch_add(1, Ordering::SeqCst);
        self.pass(lane, pos);
    }

    /// Notes that an event that was put aside is delivered after all.
    pub(crate) fn redeem(&self) {
        self.quarantined.fetch_sub(1, Ordering::SeqCst);
    }

    /// Notes that events were dropped.
    pub(crate) fn expire(&self, lane: u8, pos: u64, events: u64) {
        self.expired.fetch_add(events, Ordering::SeqCst);
        self.pass(lane, pos);
    }

    fn pass(&self, lane: u8, pos: u64) {
        self.acknowledged[usize::from(lane)].fetch_max(pos, Ordering::SeqCst);
        self.unload(lane);
    }

    pub(crate) fn quarantined(&self) -> u64 {
        self.quarantined.load(Ordering::SeqCst)
    }

    /// The time now, by a clock that nobody sets while the relay runs.
    pub(crate) fn now(&self) -> Timestamp {
        let (date, instant) = self.opened_at;
        (date + instant.elapsed()).into()
    }

    /// Whether an event is too old to be delivered.
    pub(crate) fn is_expired(&self, recorded_at: Timestamp) -> bool {
        let age_max = self.config.age_max();
        age_max.is_some_and(|age_max| self.now().since(recorded_at) > age_max)
    }

    /// Asks to go on after a stop.
    pub(crate) fn resume(&self) {
        self.resume.store(true, Ordering::SeqCst);
        self.signal.wake();
    }

    pub(crate) fn take_resume(&self) -> bool {
        self.resume.swap(false, Ordering::SeqCst)
    }

    /// Asks to try again at once what failed.
    pub(crate) fn hasten(&self) {
        self.hasten.store(true, Ordering::SeqCst);
        self.signal.wake();
    }

    pub(crate) fn take_hasten(&self) -> bool {
        self.hasten.swap(false, Ordering::SeqCst)
    }

    /// Notes why delivery waits for somebody to act. The instant of the first reason stays.
    pub(crate) fn block(&self, found: Blocked) {
        let mut blocked = lock(&self.blocked);
        let since = blocked.as_ref().map_or(found.since, |first| first.since);
        *blocked = Some(Blocked { since, ..found });
    }

    pub(crate) fn unblock(&self) {
        *lock(&self.blocked) = None;
    }

    /// Whether everything up to the targets is delivered.
    pub(crate) fn outstanding(&self, targets: &Targets) -> u64 {
        let lanes = targets.0.iter().zip(&self.acknowledged);
        lanes
            .map(|(target, acknowledged)| {
                target.saturating_sub(acknowledged.load(Ordering::SeqCst))
            })
            .sum()
    }

    /// What became of the tracker's events, by what was acknowledged and by how far the log goes.
    pub(crate) fn account(&self, heads: &PerLane<u64>) -> Account {
        let opening = &self.opening.account;
        let acknowledged = self
            .acknowledged
            .each_ref()
            .map(|pos| pos.load(Ordering::SeqCst));
        let distance = |from: &PerLane<u64>, to: &PerLane<u64>| -> u64 {
            let lanes = from.iter().zip(to);
            lanes.map(|(from, to)| to.saturating_sub(*from)).sum()
        };
        let before = opening.delivered + opening.quarantined + opening.expired;
        let passed = before + distance(&self.opening.cursors, &acknowledged);
        let accepted = passed + distance(&acknowledged, heads);
        let expired = self.expired.load(Ordering::SeqCst);
        Account::new(accepted, passed, self.quarantined(), expired)
    }

    pub(crate) fn report(&self, targets: &Targets, heads: &PerLane<u64>) -> TrackerReport {
        TrackerReport {
            tracker: self.name.to_string(),
            outstanding: self.outstanding(targets),
            account: self.account(heads),
            blocked: lock(&self.blocked).clone(),
        }
    }

    pub(crate) fn stats(&self, heads: &PerLane<u64>) -> TrackerStats {
        TrackerStats {
            tracker: self.name.to_string(),
            account: self.account(heads),
            requests: self.counters.requests(),
            retries: self.counters.retries.get(),
            oldest_pending: self.oldest_pending(heads),
            blocked: lock(&self.blocked).clone(),
            log_errors: self.counters.log_errors.get(),
            restarts: self.counters.restarts.get(),
        }
    }

    fn oldest_pending(&self, heads: &PerLane<u64>) -> Option<Duration> {
        let lanes = heads.iter().zip(&self.acknowledged).zip(&self.waiting);
        let pending =
            lanes.filter(|((head, acknowledged), _)| **head > acknowledged.load(Ordering::SeqCst));
        let oldest = pending.filter_map(|(_, waiting)| waiting.get()).min()?;
        Some(self.now().since(oldest))
    }
}

/// An instant that may be absent, for one thread to set and others to look at.
#[derive(Debug)]
struct Since(AtomicU64);

impl Since {
    fn new(at: Option<Timestamp>) -> Self {
        Self(AtomicU64::new(Self::number(at)))
    }

    fn get(&self) -> Option<Timestamp> {
        let millis = self.0.load(Ordering::Relaxed).checked_sub(1);
        millis.map(Timestamp::from_millis)
    }

    fn set(&self, at: Option<Timestamp>) {
        self.0.store(Self::number(at), Ordering::Relaxed);
    }

    fn number(at: Option<Timestamp>) -> u64 {
        at.map_or(0, |at| at.as_millis() + 1)
    }
}

/// What a lock holds. Nothing panics while it is held, and each value is replaced as a whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
