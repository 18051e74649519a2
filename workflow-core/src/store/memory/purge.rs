//! Removes finished runs, in memory.

use std::ops::Bound;

use workflow_tracker::{LANES, Timestamp};

use super::state::{Run, State};
use crate::store::purge::{Delivered, Leaver};
use crate::store::{Purge, PurgePlace, PurgedPart, RunNo};

impl State {
    pub(super) fn purge(&mut self, purge: &Purge) -> PurgedPart {
        if purge.after == PurgePlace::START {
            self.note_delivered(purge);
        }
        let mut part = PurgedPart::default();
        let cutoff = purge.cutoff();
        let mut candidates = self.candidates(purge);
        let is_over = candidates.len() < purge.runs_max;
        let last = candidates.last().copied().unwrap_or(purge.after);
        candidates.retain(|place| {
            let run = self
                .run(place.run)
                .expect("the index names runs that exist");
            let goes = self
                .leaver(run)
                .may_go(self.delivered(run.record.lane, cutoff));
            part.held_back += u64::from(!goes);
            goes
        });
        for place in candidates {
            part.runs += 1;
            part.rows += self.remove_run(place);
        }
        for lane in 0..LANES {
            self.forget_lane(lane);
        }
        part.next = (!is_over).then_some(last);
        part
    }

    /// The next finished runs that are old enough.
    fn candidates(&self, purge: &Purge) -> Vec<PurgePlace> {
        let later = (Bound::Excluded(purge.after), Bound::Unbounded);
        let later = self.finished.range(later);
        let old = later.filter(|place| place.finished_at <= purge.cutoff());
        old.take(purge.runs_max).copied().collect()
    }

    fn leaver(&self, run: &Run) -> Leaver {
        let lane = &self.lanes[usize::from(run.record.lane)];
        let is_of_run = |pos: u64| {
            lane.get(pos)
                .is_some_and(|entry| entry.run == run.record.run)
        };
        let last_pos = run.last_pos;
        let mut letters = self.letters.keys();
        let parent = run.record.parent.and_then(|parent| self.run(parent));
        Leaver {
            last_pos,
            parent_is_open: parent.is_some_and(|parent| !parent.record.status.is_terminal()),
            has_letters: letters.any(|id| id.lane == run.record.lane && is_of_run(id.pos)),
        }
    }

    /// Remembers how far every tracker is now, and forgets what is older than anybody asks for.
    fn note_delivered(&mut self, purge: &Purge) {
        let least: Vec<_> = (0..LANES)
            .map(|lane| self.least_cursor(lane).unwrap_or(0))
            .collect();
        self.delivered.insert(purge.now, least);
        let earlier = self.delivered.range(..=purge.cutoff()).next_back();
        if let Some(first) = earlier.map(|(at, _)| *at) {
            self.delivered = self.delivered.split_off(&first);
        }
    }

    fn least_cursor(&self, lane: u8) -> Option<u64> {
        let cursors = self.cursors.values();
        cursors.map(|lanes| lanes[usize::from(lane)].pos).min()
    }

    /// Up to where a lane was delivered at this instant, and still is.
    fn delivered(&self, lane: u8, at: Timestamp) -> Delivered {
        let now = self.least_cursor(lane)?;
        let then = self.delivered.range(..=at).next_back();
        let then = then.map_or(0, |(_, least)| least[usize::from(lane)]);
        Some(now.min(then))
    }

    /// Removes a run; gives the number of its rows.
    fn remove_run(&mut self, place: PurgePlace) -> u64 {
        self.finished.remove(&place);
        let run = self.take_run(place.run);
        run.map_or(0, |run| run.rows.len() as u64)
    }

    fn forget_lane(&mut self, lane: u8) {
        let mut entries = std::mem::take(&mut self.lanes[usize::from(lane)]);
        entries.forget(|run: RunNo| self.run(run).is_none());
        self.lanes[usize::from(lane)] = entries;
    }
}
