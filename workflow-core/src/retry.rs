//! When a failed step is tried again.

use std::time::Duration;

/// A policy: how often a step is tried again, and after what delay.
///
/// `times(n)` means *n* retries after the first try. The default number is 3.
///
/// ```
/// use std::time::Duration;
/// use workflow_core::Retry;
/// let retry = Retry::exponential("1s").times(5).cap("1 min");
/// assert_eq!(retry.delay(1), Duration::from_secs(1));
/// assert_eq!(retry.delay(2), Duration::from_secs(2));
/// assert_eq!(retry.delay(10_000), Duration::from_secs(60));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    shape: Shape,
    retries_max: u32,
    cap: Duration,
    budget: Option<Duration>,
    jitter: Jitter,
}

/// How the delay grows.
#[derive(Clone, Debug, PartialEq)]
enum Shape {
    Constant(Duration),
    Linear(Duration),
    Exponential(Duration),
    List(Vec<Duration>),
}

/// How chance changes a delay.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Jitter {
    #[default]
    None,
    Full,
    PlusMinus(f64),
}

const RETRIES_DEFAULT: u32 = 3;
const CAP_DEFAULT: Duration = Duration::from_secs(60 * 60 * 24 * 365);

/// A length of time: a [`Duration`], or a text such as `"30s"`, `"1 day"` or `"2h 30m"`.
///
/// A text that is no duration panics with a sentence; inside `step!` and `sleep!` the compiler
/// has checked the literal before. To read a text from outside, use [`duration`](crate::duration).
pub trait IntoDuration {
    /// The duration.
    fn into_duration(self) -> Duration;
}

impl IntoDuration for Duration {
    fn into_duration(self) -> Duration {
        self
    }
}

impl IntoDuration for &str {
    fn into_duration(self) -> Duration {
        match crate::duration(self) {
            Ok(duration) => duration,
            Err(error) => panic!("{error}"),
        }
    }
}

impl Retry {
    /// Always the same delay.
    pub fn constant(delay: impl IntoDuration) -> Self {
        Self::new(Shape::Constant(delay.into_duration()))
    }

    /// The delay times 1, 2, 3 …
    pub fn linear(delay: impl IntoDuration) -> Self {
        Self::new(Shape::Linear(delay.into_duration()))
    }

    /// The delay times 1, 2, 4, 8 …
    pub fn exponential(delay: impl IntoDuration) -> Self {
        Self::new(Shape::Exponential(delay.into_duration()))
    }

    /// These delays in order, and no retry after the last.
    pub fn list<D: IntoDuration>(delays: impl IntoIterator<Item = D>) -> Self {
        let delays: Vec<_> = delays.into_iter().map(D::into_duration).collect();
        let retries_max = u32::try_from(delays.len()).unwrap_or(u32::MAX);
        Self::new(Shape::List(delays)).times(retries_max)
    }

    /// 1 s doubling to 30 s, full jitter, 3 retries.
    pub fn standard() -> Self {
        Self::exponential(Duration::from_secs(1))
            .cap(Duration::from_secs(30))
            .full_jitter()
    }

    /// 100 ms doubling to 5 s, full jitter, 10 retries.
    pub fn aggressive() -> Self {
        Self::exponential(Duration::from_millis(100))
            .cap(Duration::from_secs(5))
            .full_jitter()
            .times(10)
    }

    /// 5 s doubling to 120 s, full jitter, 10 retries.
    pub fn patient() -> Self {
        Self::exponential(Duration::from_secs(5))
            .cap(Duration::from_secs(120))
            .full_jitter()
            .times(10)
    }

    /// Every second, 3 retries, no jitter.
    pub fn simple() -> Self {
        Self::constant(Duration::from_secs(1))
    }

    /// At most so many retries after the first try.
    #[must_use]
    pub fn times(mut self, retries_max: u32) -> Self {
        self.retries_max = retries_max;
        self
    }

    /// No delay is longer than this. The default is a year.
    #[must_use]
    pub fn cap(mut self, cap: impl IntoDuration) -> Self {
        self.cap = cap.into_duration();
        self
    }

    /// No attempt begins later than this after the first one began.
    #[must_use]
    pub fn within(mut self, budget: impl IntoDuration) -> Self {
        self.budget = Some(budget.into_duration());
        self
    }

    /// Each delay is drawn between zero and the computed one.
    #[must_use]
    pub fn full_jitter(mut self) -> Self {
        self.jitter = Jitter::Full;
        self
    }

    /// Each delay is drawn around the computed one, this fraction of it (0 to 1) to either side.
    #[must_use]
    pub fn jitter(mut self, fraction: f64) -> Self {
        self.jitter = Jitter::PlusMinus(fraction.clamp(0.0, 1.0));
        self
    }

    /// The delay after the `failures`-th failure (from 1), before chance changes it.
    pub fn delay(&self, failures: u32) -> Duration {
        let failures = failures.max(1);
        let delay = match &self.shape {
            Shape::Constant(delay) => *delay,
            Shape::Linear(delay) => delay.saturating_mul(failures),
            Shape::Exponential(delay) => {
                delay.saturating_mul(1_u32.checked_shl(failures - 1).unwrap_or(u32::MAX))
            }
            Shape::List(delays) => {
                let index = usize::try_from(failures - 1).unwrap_or(usize::MAX);
                delays
                    .get(index)
                    .or(delays.last())
                    .copied()
                    .unwrap_or_default()
            }
        };
        delay.min(self.cap)
    }

    /// What follows the `failures`-th failure (from 1), `elapsed` after the first attempt began:
    /// the delay until the next attempt, or `None` where that was the last one.
    ///
    /// `chance` lies between 0 and 1.
    pub(crate) fn next(&self, failures: u32, elapsed: Duration, chance: f64) -> Option<Duration> {
        if failures > self.retries_max {
            return None;
        }
        let delay = self.jittered(self.delay(failures), chance);
        match self.budget {
            Some(budget) if elapsed.saturating_add(delay) > budget => None,
            _ => Some(delay),
        }
    }

    fn jittered(&self, delay: Duration, chance: f64) -> Duration {
        let factor = match self.jitter {
            Jitter::None => return delay,
            Jitter::Full => chance,
            Jitter::PlusMinus(fraction) => 1.0 + fraction * (2.0 * chance - 1.0),
        };
        // The longest delay is a year, far below where this could overflow.
        delay
            .min(CAP_DEFAULT)
            .mul_f64(factor.clamp(0.0, 2.0))
            .min(self.cap)
    }

    fn new(shape: Shape) -> Self {
        Self {
            shape,
            retries_max: RETRIES_DEFAULT,
            cap: CAP_DEFAULT,
            budget: None,
            jitter: Jitter::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(retry: &Retry) -> Vec<u128> {
        (1..=5).map(|n| retry.delay(n).as_millis()).collect()
    }

    #[test]
    fn delays_grow_as_the_shape_says() {
        assert_eq!(
            delays(&Retry::exponential("1s").cap("10s")),
            [1000, 2000, 4000, 8000, 10_000]
        );
        assert_eq!(delays(&Retry::linear("1s")), [1000, 2000, 3000, 4000, 5000]);
        assert_eq!(delays(&Retry::constant("1s")), [1000; 5]);
        assert_eq!(
            delays(&Retry::list(["1s", "5s"])),
            [1000, 5000, 5000, 5000, 5000]
        );
    }

    #[test]
    fn nothing_overflows_at_attempt_ten_thousand() {
        for retry in [
            Retry::exponential(Duration::MAX),
            Retry::linear(Duration::MAX),
            Retry::exponential("1s").jitter(1.0),
        ] {
            assert_eq!(retry.delay(10_000), CAP_DEFAULT);
            let retry = retry.times(u32::MAX);
            assert!(retry.next(u32::MAX, Duration::MAX, 1.0) <= Some(CAP_DEFAULT));
        }
    }

    #[test]
    fn times_counts_retries_after_the_first_try() {
        let zero = Duration::ZERO;
        assert_eq!(Retry::simple().times(0).next(1, zero, 0.5), None);
        let two = Retry::simple().times(2);
        assert!(two.next(1, zero, 0.5).is_some());
        assert!(two.next(2, zero, 0.5).is_some());
        assert_eq!(two.next(3, zero, 0.5), None);
        assert_eq!(Retry::list(["1s"]).next(2, zero, 0.5), None);
    }

    #[test]
    fn a_budget_refuses_the_attempt_that_would_start_past_it() {
        let retry = Retry::constant("10s").times(100).within("25s");
        let after = |s| retry.next(1, Duration::from_secs(s), 0.5);
        assert!(after(15).is_some());
        assert_eq!(after(16), None);
    }

    #[test]
    fn jitter_stays_in_its_range() {
        let full = Retry::constant("10s").full_jitter();
        assert_eq!(full.next(1, Duration::ZERO, 0.0), Some(Duration::ZERO));
        let around = Retry::constant("10s").jitter(0.1);
        let at = |chance| {
            around
                .next(1, Duration::ZERO, chance)
                .map(|d| d.as_millis())
        };
        assert_eq!(
            [at(0.0), at(0.5), at(1.0)],
            [Some(9000), Some(10_000), Some(11_000)]
        );
    }
}
