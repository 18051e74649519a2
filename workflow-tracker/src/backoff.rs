//! How long to wait before a request is sent again.

use std::time::Duration;

/// Waits that double up to a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Doubling {
    pub(crate) first: Duration,
    pub(crate) max: Duration,
}

impl Doubling {
    /// The wait after `failures` failures in a row (the first one counts as 1), without jitter.
    pub(crate) fn after(self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1);
        let factor = 2_u32.checked_pow(doublings).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.max)
    }

    /// The same with full jitter: anything from nothing to the whole wait, so that many senders
    /// that failed together do not come back together.
    pub(crate) fn jittered(self, failures: u32, rng: &mut fastrand::Rng) -> Duration {
        let limit = self.after(failures).as_nanos();
        let nanos = rng.u64(0..=u64::try_from(limit).unwrap_or(u64::MAX));
        Duration::from_nanos(nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRIES: Doubling = Doubling {
        first: Duration::from_millis(250),
        max: Duration::from_secs(60),
    };

    #[test]
    fn waits_double_up_to_the_limit_and_never_overflow() {
        let waits = [1, 2, 3, 8, 9, 33, 10_000, u32::MAX].map(|n| RETRIES.after(n).as_millis());
        assert_eq!(
            waits,
            [250, 500, 1_000, 32_000, 60_000, 60_000, 60_000, 60_000]
        );
    }

    #[test]
    fn jitter_covers_the_whole_wait_and_nothing_beyond() {
        let mut rng = fastrand::Rng::with_seed(7);
        let waits: Vec<Duration> = (0..1_000).map(|_| RETRIES.jittered(3, &mut rng)).collect();
        let whole = RETRIES.after(3);
        assert!(waits.iter().all(|wait| *wait <= whole));
        assert!(waits.iter().any(|wait| *wait < whole / 10));
        assert!(waits.iter().any(|wait| *wait > whole * 9 / 10));
    }

    #[test]
    fn one_seed_gives_one_sequence() {
        let waits = |seed| {
            let mut rng = fastrand::Rng::with_seed(seed);
            [1, 2, 3].map(|n| RETRIES.jittered(n, &mut rng))
        };
        assert_eq!(waits(1), waits(1));
        assert_ne!(waits(1), waits(2));
    }
}
