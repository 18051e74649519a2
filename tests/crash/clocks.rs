//! A wall clock that jumps by a year, back and forth: no panic, nothing early, the order is kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use workflow_core::Clock;
use workflow_core::store::RunStatus;
use workflow_core::tracker::{BoxFuture, Timestamp};

use crate::lab::{LONG, Lab, end_of, eventually};
use crate::travel::{start_travels, travels_end};
use crate::world::{nap, two_steps_end};

const DAY: i64 = 24 * 60 * 60 * 1000;
const YEAR: i64 = 365 * DAY;

/// The machine's clock, which somebody sets wrong.
#[derive(Debug, Default)]
struct WrongClock(AtomicI64);

impl WrongClock {
    /// Sets it so many milliseconds ahead of the right time.
    fn set(&self, ahead: i64) {
        self.0.store(ahead, Ordering::SeqCst);
    }
}

impl Clock for WrongClock {
    fn now(&self) -> Timestamp {
        let right = Timestamp::from(SystemTime::now()).as_millis();
        let ahead = self.0.load(Ordering::SeqCst);
        Timestamp::from_millis(right.saturating_add_signed(ahead))
    }

    /// As the machine's clock does it, which looks again now and then.
    fn sleep_until(&self, instant: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            loop {
                let left = instant.since(self.now());
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(Duration::from_millis(20))).await;
            }
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_by_a_year_back_and_forth_disturbs_nothing() {
    let lab = Lab::new();
    let clock = Arc::new(WrongClock::default());
    let builder = lab.site.builder(lab.site.world());
    let builder = builder.clock(Arc::clone(&clock) as _);
    let engine = builder.start().await.expect("an engine starts");
    let century = u64::try_from(100 * YEAR).expect("a positive number");
    let month = u64::try_from(30 * DAY).expect("a positive number");
    let far = engine.start(nap, "far", century).await.expect("it starts");
    let near = engine.start(nap, "near", month).await.expect("it starts");
    eventually("the sleeper to sleep", async || {
        (near.status().await == Ok(RunStatus::Waiting)).then_some(())
    })
    .await;

    // Back: nobody wakes. Runs in the middle of their steps, retries and short sleeps go on
    // with every jump, and those that wait for an instant that is a year away again get there.
    clock.set(-YEAR);
    let runs = start_travels(&engine).await;
    assert_eq!(near.status().await, Ok(RunStatus::Waiting));
    for jump in (0..40).map(|jump| if jump % 2 == 0 { YEAR } else { -YEAR }) {
        clock.set(jump);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    clock.set(YEAR);
    assert_eq!(end_of(&near).await, Ok(two_steps_end(month)));
    clock.set(2 * YEAR);
    for (id, run) in runs {
        assert_eq!(end_of(&run).await, Ok(travels_end()[&id]));
    }
    assert_eq!(far.status().await, Ok(RunStatus::Waiting), "it is not due");
    engine
        .cancel(far.id(), None)
        .await
        .expect("the store works");
    assert!(end_of(&far).await.is_err());
    clock.set(0);

    let left = engine.shutdown(LONG).await;
    assert!(left.delivery.expect("it delivers").is_complete());
    let account = lab.traces.database().accounts["default"];
    assert_eq!((account.expired, account.quarantined), (0, 0));
    assert_eq!(lab.check().delivered.duplicates, 0);
}
