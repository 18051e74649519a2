//! Durations, and what half of them or nearly all of them stay below.

use std::time::Duration;

#[derive(Clone, Debug, Default)]
pub(crate) struct Latencies {
    all: Vec<Duration>,
}

impl Latencies {
    pub(crate) fn add(&mut self, latency: Duration) {
        self.all.push(latency);
    }

    pub(crate) fn append(&mut self, mut other: Self) {
        self.all.append(&mut other.all);
    }

    pub(crate) fn count(&self) -> u64 {
        self.all.len() as u64
    }

    /// The latency that this share of all stays below, in milliseconds.
    pub(crate) fn quantile_ms(&self, share: f64) -> f64 {
        let mut sorted = self.all.clone();
        sorted.sort_unstable();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index into a list"
        )]
        let at = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
        sorted
            .get(at)
            .map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
    }

    pub(crate) fn p50_ms(&self) -> f64 {
        self.quantile_ms(0.5)
    }

    pub(crate) fn p99_ms(&self) -> f64 {
        self.quantile_ms(0.99)
    }
}
