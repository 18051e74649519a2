//! What a tracker counts, from the relay's thread, for whoever asks.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::BlockedReason;
use crate::answer::Answer;
use crate::sift::Refusal;
use crate::stats::RequestCounts;

/// A number that only goes up.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The counts of one tracker.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    acknowledged: Counter,
    retry: Counter,
    too_large: Counter,
    refused: Counter,
    configuration: Counter,
    auth: Counter,
    tls: Counter,
    pub(crate) retries: Counter,
    pub(crate) log_errors: Counter,
    pub(crate) restarts: Counter,
}

impl Counters {
    /// Counts a request by its answer.
    pub(crate) fn answered(&self, answer: Answer) {
        match answer {
            Answer::Acknowledged => &self.acknowledged,
            Answer::Retry { .. } => &self.retry,
            Answer::Refused(Refusal::TooLarge) => &self.too_large,
            Answer::Refused(Refusal::Content) | Answer::Blocked(BlockedReason::Contract) => {
                &self.refused
            }
            Answer::Unsupported
            | Answer::Blocked(BlockedReason::Configuration | BlockedReason::Gone) => {
                &self.configuration
            }
            Answer::Blocked(BlockedReason::Auth) => &self.auth,
            Answer::Blocked(BlockedReason::Tls) => &self.tls,
        }
        .increment();
    }

    /// The requests, by class.
    pub(crate) fn requests(&self) -> RequestCounts {
        RequestCounts {
            acknowledged: self.acknowledged.get(),
            retry: self.retry.get(),
            too_large: self.too_large.get(),
            refused: self.refused.get(),
            blocked_configuration: self.configuration.get(),
            blocked_auth: self.auth.get(),
            blocked_tls: self.tls.get(),
        }
    }
}
