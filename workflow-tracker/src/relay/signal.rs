//! How a commit, on any thread, reaches a tracker's driver: a bit per lane, and a wake-up only
//! where the driver does not know yet.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::Notify;

use super::Urgency;

/// The lanes that a driver has been told about.
///
/// The lower half holds a bit for each lane that has work, the upper half one for each lane that
/// is in a hurry. Whoever sets a bit wakes the driver; the driver clears it when it has nothing
/// more to do there, and then looks at the lane once more. All accesses are sequentially
/// consistent, so either the driver sees the new position or the committer sees the cleared bit.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    told: AtomicU32,
    wake: Notify,
}

/// A set of lanes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LaneSet(u16);

impl LaneSet {
    pub(crate) const fn insert(&mut self, lane: u8) {
        self.0 |= 1 << lane;
    }

    pub(crate) const fn remove(&mut self, lane: u8) {
        self.0 &= !(1 << lane);
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl Signal {
    /// Tells that a lane has work.
    pub(crate) fn tell(&self, lane: u8, urgency: Urgency) {
        let work = 1_u32 << lane;
        let bits = match urgency {
            Urgency::Linger => work,
            Urgency::Now => work | work << 16,
        };
        let knows = |told: u32| told & bits == bits;
        if !knows(self.told.load(Ordering::SeqCst))
            && !knows(self.told.fetch_or(bits, Ordering::SeqCst))
        {
            self.wake();
        }
    }

    /// Wakes the driver without a word.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Clears the bits of lanes without work, and the hurry of lanes that gather. The driver has
    /// to look at them once more after this.
    pub(crate) fn clear(&self, resting: LaneSet, gathering: LaneSet) {
        let calm = u32::from(resting.0 | gathering.0);
        let bits = u32::from(resting.0) | calm << 16;
        if bits != 0 {
            self.told.fetch_and(!bits, Ordering::SeqCst);
        }
    }

    /// Until somebody wakes the driver.
    pub(crate) fn heard(&self) -> impl Future<Output = ()> {
        self.wake.notified()
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;

    fn was_woken(signal: &Signal) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        std::pin::pin!(signal.heard()).poll(&mut cx).is_ready()
    }

    fn only(lane: u8) -> LaneSet {
        let mut set = LaneSet::default();
        set.insert(lane);
        set
    }

    #[test]
    fn a_driver_that_knows_is_not_woken_again() {
        let signal = Signal::default();
        signal.tell(3, Urgency::Linger);
        assert!(was_woken(&signal));
        signal.tell(3, Urgency::Linger);
        assert!(!was_woken(&signal));
        signal.tell(3, Urgency::Now);
        assert!(was_woken(&signal));
        signal.tell(3, Urgency::Now);
        signal.tell(3, Urgency::Linger);
        assert!(!was_woken(&signal));
        signal.tell(15, Urgency::Linger);
        assert!(was_woken(&signal));
    }

    #[test]
    fn a_lane_at_rest_is_told_again_and_a_gathering_one_only_in_a_hurry() {
        let signal = Signal::default();
        signal.tell(0, Urgency::Now);
        signal.tell(1, Urgency::Now);
        assert!(was_woken(&signal));
        signal.clear(only(0), only(1));
        signal.tell(1, Urgency::Linger);
        assert!(!was_woken(&signal));
        signal.tell(1, Urgency::Now);
        assert!(was_woken(&signal));
        signal.tell(0, Urgency::Linger);
        assert!(was_woken(&signal));
    }
}
