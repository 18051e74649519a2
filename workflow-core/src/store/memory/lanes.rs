//! One lane of the log in memory: which row lies at which position.

use std::collections::VecDeque;

use crate::store::RunNo;

/// Which row lies at a position.
#[derive(Clone, Copy)]
pub(super) struct LaneEntry {
    pub(super) run: RunNo,
    pub(super) seq: u64,
}

/// The rows of a lane, in order of positions.
#[derive(Default)]
pub(super) struct Lane {
    /// The rows up to this position are gone.
    gone: u64,
    entries: VecDeque<LaneEntry>,
}

impl Lane {
    /// The last position.
    pub(super) fn head(&self) -> u64 {
        self.gone + self.entries.len() as u64
    }

    /// The position after which the rows begin that are there.
    pub(super) const fn start(&self) -> u64 {
        self.gone
    }

    pub(super) fn push(&mut self, entry: LaneEntry) {
        self.entries.push_back(entry);
    }

    pub(super) fn get(&self, pos: u64) -> Option<LaneEntry> {
        let index = pos.checked_sub(self.gone + 1)?;
        self.entries.get(usize::try_from(index).ok()?).copied()
    }

    /// The rows after a position, each with its own.
    pub(super) fn after(&self, pos: u64) -> impl Iterator<Item = (u64, LaneEntry)> {
        let skipped = pos.saturating_sub(self.gone);
        let entries = self.entries.iter().copied();
        let entries = entries.skip(usize::try_from(skipped).unwrap_or(usize::MAX));
        (self.gone.max(pos).saturating_add(1)..).zip(entries)
    }

    /// Forgets the first rows, as long as their runs are gone.
    pub(super) fn forget(&mut self, is_gone: impl Fn(RunNo) -> bool) {
        while self.entries.front().is_some_and(|entry| is_gone(entry.run)) {
            self.entries.pop_front();
            self.gone += 1;
        }
    }
}
