//! Callers that start a run, wait for its result, and start the next one.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::latency::Latencies;

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    pub(crate) latencies: Latencies,
    pub(crate) elapsed: Duration,
}

impl Measured {
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    pub(crate) fn per_second(&self) -> f64 {
        self.latencies.count() as f64 / self.elapsed.as_secs_f64()
    }

    pub(crate) fn append(&mut self, other: Self) {
        self.latencies.append(other.latencies);
        self.elapsed += other.elapsed;
    }
}

/// When the callers stop.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    Passed(Duration),
    Runs(u64),
}

/// Lets so many callers call `run` with numbers from `first` on.
pub(crate) async fn closed_loop<F, R>(
    callers: u64,
    until: Until,
    first: u64,
    run: F,
) -> Outcome<Measured>
where
    F: Fn(u64) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<(), String>> + Send,
{
    let begun = Instant::now();
    let next = Arc::new(AtomicU64::new(first));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..callers {
        let (run, next) = (run.clone(), Arc::clone(&next));
        tasks.spawn(async move {
            let mut latencies = Latencies::default();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let is_over = match until {
                    Until::Passed(during) => begun.elapsed() >= during,
                    Until::Runs(runs) => number >= first + runs,
                };
                if is_over {
                    return Ok::<_, String>(latencies);
                }
                let before = Instant::now();
                run(number).await?;
                latencies.add(before.elapsed());
            }
        });
    }
    let mut measured = Measured::default();
    while let Some(latencies) = tasks.join_next().await {
        measured.latencies.append(latencies??);
    }
    measured.elapsed = begun.elapsed();
    Ok(measured)
}
