//! What the relay's thread and everybody else share: how far the log goes, and who waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Notify;

use super::Urgency;
use super::account::TrackerState;
use super::wait::Targets;
use crate::stats::DeliveryReport;
use crate::{LANES, LanePosition};

/// One value for each lane.
pub(crate) type PerLane<T> = [T; LANES as usize];

/// What belongs to the relay as a whole.
#[derive(Debug)]
pub(crate) struct RelayState {
    pub(crate) trackers: Vec<Arc<TrackerState>>,
    /// The last position of each lane that was told or read.
    heads: PerLane<AtomicU64>,
    /// The last position of each lane that somebody waits for.
    urgent: PerLane<AtomicU64>,
    /// Told whenever something was delivered.
    pub(crate) progress: Notify,
    refreshing: AtomicBool,
}

impl RelayState {
    pub(crate) fn new(trackers: Vec<Arc<TrackerState>>, heads: PerLane<u64>) -> Self {
        Self {
            trackers,
            heads: heads.map(AtomicU64::new),
            urgent: PerLane::default(),
            progress: Notify::new(),
            refreshing: AtomicBool::new(false),
        }
    }

    /// Notes that the log goes up to `pos` in `lane`.
    pub(crate) fn committed(&self, lane: u8, pos: u64, urgency: Urgency) {
        self.heads[usize::from(lane)].fetch_max(pos, Ordering::SeqCst);
        if urgency == Urgency::Now {
            self.urgent[usize::from(lane)].fetch_max(pos, Ordering::SeqCst);
        }
        for tracker in &self.trackers {
            tracker.signal.tell(lane, urgency);
        }
    }

    /// Notes that somebody waits for what is, or will be, in `lane` up to `pos`.
    pub(crate) fn hurry(&self, lane: u8, pos: u64) {
        self.urgent[usize::from(lane)].fetch_max(pos, Ordering::SeqCst);
        for tracker in &self.trackers {
            tracker.signal.tell(lane, Urgency::Now);
        }
    }

    /// Notes heads that were read from the log.
    pub(crate) fn raise(&self, positions: &[LanePosition]) {
        for position in positions {
            if position.head > self.head(position.lane) {
                self.committed(position.lane, position.head, Urgency::Linger);
            }
        }
    }

    pub(crate) fn head(&self, lane: u8) -> u64 {
        self.heads[usize::from(lane)].load(Ordering::SeqCst)
    }

    pub(crate) fn heads(&self) -> PerLane<u64> {
        std::array::from_fn(|lane| self.heads[lane].load(Ordering::SeqCst))
    }

    /// The last position of a lane that somebody waits for.
    pub(crate) fn urgent(&self, lane: u8) -> u64 {
        self.urgent[usize::from(lane)].load(Ordering::SeqCst)
    }

    /// Everything that is in the log, as far as it is known here.
    pub(crate) fn everything(&self) -> Targets {
        Targets(self.heads())
    }

    /// Whether a refresh has to be asked for; not where one is on its way already.
    pub(crate) fn begin_refresh(&self) -> bool {
        !self.refreshing.swap(true, Ordering::SeqCst)
    }

    /// Whatever is committed elsewhere from now on needs another refresh.
    pub(crate) fn end_refresh(&self) {
        self.refreshing.store(false, Ordering::SeqCst);
    }

    pub(crate) fn tracker(&self, name: &str) -> Option<&Arc<TrackerState>> {
        let mut trackers = self.trackers.iter();
        trackers.find(|tracker| tracker.name() == name)
    }

    pub(crate) fn report(&self, targets: &Targets) -> DeliveryReport {
        let heads = self.heads();
        DeliveryReport {
            trackers: self
                .trackers
                .iter()
                .map(|tracker| tracker.report(targets, &heads))
                .collect(),
        }
    }
}
