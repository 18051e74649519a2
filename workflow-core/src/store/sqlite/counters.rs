//! What a store has written, in numbers.

use std::sync::atomic::{AtomicU64, Ordering};

/// What one [`SqliteStore`](super::SqliteStore) has written since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Transactions that were committed: with [`Synchronous::Full`](super::Synchronous::Full),
    /// each that wrote something was synced once.
    pub transactions: u64,
    /// Rows that were appended to the log.
    pub rows: u64,
    /// Transactions that failed: whatever they were to write is not there.
    pub failures: u64,
}

#[derive(Debug, Default)]
pub(super) struct Tally {
    transactions: AtomicU64,
    rows: AtomicU64,
    failures: AtomicU64,
}

impl Tally {
    pub(super) fn committed(&self, rows: u64) {
        self.transactions.fetch_add(1, Ordering::Relaxed);
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }

    pub(super) fn failed(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Counters {
        Counters {
            transactions: self.transactions.load(Ordering::Relaxed),
            rows: self.rows.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
        }
    }
}
