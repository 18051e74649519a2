//! The workflows that are disturbed here, and what their steps do.

use std::future::Ready;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use workflow_core::idempotency_key;
use workflow_core::prelude::*;
use workflow_tests::oracle::{Ledger, Noted};

/// What steps do: write down that they are executed, and take a moment.
pub(crate) struct World {
    ledger: Ledger,
    /// Told of each execution, after it was written down.
    tell: Box<dyn Fn(&str) + Send + Sync>,
    /// What the poison does.
    kill: fn() -> !,
}

/// What a step returns: which execution this is the result of, and a value that is the same for
/// every execution.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Done {
    execution: u64,
    pub(crate) value: u64,
}

impl World {
    pub(crate) fn new(ledger: Ledger) -> Self {
        Self {
            ledger,
            tell: Box::new(|_| ()),
            kill: || panic!("the poison is executed in a process that has to live"),
        }
    }

    pub(crate) fn telling(self, tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self {
            tell: Box::new(tell),
            ..self
        }
    }

    /// Where the poison kills the process.
    pub(crate) fn deadly(self) -> Self {
        Self {
            kill: || std::process::abort(),
            ..self
        }
    }

    /// A step's code that succeeds.
    pub(crate) async fn act(&self, value: u64) -> Result<Done> {
        self.act_after(0, value).await
    }

    /// A step's code whose first executions fail.
    pub(crate) async fn act_after(&self, failures: usize, value: u64) -> Result<Done> {
        let noted = self.note();
        tokio::time::sleep(Duration::from_millis(1)).await;
        if noted.before < failures {
            let nth = noted.before + 1;
            return Err(Error::msg(format!("failure {nth} of {failures}")));
        }
        Ok(Done {
            execution: noted.number,
            value: next(value),
        })
    }

    /// A step's code whose first executions never end.
    pub(crate) async fn hang(&self, times: u64) -> Result<Done> {
        let noted = self.note();
        if (noted.before as u64) < times {
            std::future::pending::<()>().await;
        }
        Ok(Done {
            execution: noted.number,
            value: noted.number,
        })
    }

    /// A step's code that takes the process with it.
    pub(crate) fn explode(&self) -> Ready<Result<Done>> {
        self.note();
        (self.kill)()
    }

    fn note(&self) -> Noted {
        let step = idempotency_key();
        let noted = self.ledger.execute(&step);
        (self.tell)(&step);
        noted
    }
}

/// Follows `value` in a sequence that does not come back soon.
const fn next(value: u64) -> u64 {
    value
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1)
}

/// Ten steps: some in a row, two at once, some in a loop, some that fail at first; and two sleeps.
#[workflow]
pub(crate) async fn journey(start: u64, #[resource] world: &World) -> Result<u64> {
    let packed = step!("pack", world.act(start)).await?;
    let book = Retry::constant("10ms").times(1);
    let booked = step!("book", retry = book, world.act_after(1, packed.value)).await?;
    sleep!("night", "30ms").await;
    let fly = Retry::exponential("5ms").times(2);
    let flown = step!("fly", retry = fly, world.act_after(2, booked.value)).await?;
    let (left, right) = tokio::try_join!(
        step!("left", world.act(flown.value)),
        step!("right", world.act(flown.value ^ 1)),
    )?;
    let mut seen = left.value ^ right.value.rotate_left(1);
    for town in TOWNS {
        seen ^= step!("visit", key = town, world.act(seen)).await?.value;
    }
    sleep!("rest", "50ms").await;
    // Long enough for the run to announce that it waits, and to be nobody's meanwhile.
    let unpack = Retry::constant("110ms").times(1);
    let unpacked = step!("unpack", retry = unpack, world.act_after(1, seen)).await?;
    Ok(step!("tell", world.act(unpacked.value)).await?.value)
}

const TOWNS: [&str; 3] = ["aachen", "bonn", "cologne"];

/// How often the code of a journey's steps is executed where nothing disturbs it.
pub(crate) const JOURNEY_EXECUTIONS: usize = 14;

/// What a journey returns.
pub(crate) fn journeys_end(start: u64) -> u64 {
    let flown = next(next(next(start)));
    let mut seen = next(flown) ^ next(flown ^ 1).rotate_left(1);
    for _ in TOWNS {
        seen ^= next(seen);
    }
    next(next(seen))
}

/// One step.
#[workflow]
pub(crate) async fn errand(start: u64, #[resource] world: &World) -> Result<u64> {
    Ok(step!("run", world.act(start)).await?.value)
}

/// What an errand returns.
pub(crate) const fn errands_end(start: u64) -> u64 {
    next(start)
}

/// A step, a sleep of so many milliseconds, and a step.
#[workflow]
pub(crate) async fn nap(millis: u64, #[resource] world: &World) -> Result<u64> {
    let before = step!("before", world.act(millis)).await?;
    sleep!("nap", Duration::from_millis(millis)).await;
    Ok(step!("after", world.act(before.value)).await?.value)
}

/// A step, one that hangs in its first executions, and a step.
#[workflow]
pub(crate) async fn stuck(times: u64, #[resource] world: &World) -> Result<u64> {
    let before = step!("before", world.act(times)).await?;
    step!("hang", world.hang(times)).await?;
    Ok(step!("after", world.act(before.value)).await?.value)
}

/// What `nap` and `stuck` return.
pub(crate) const fn two_steps_end(start: u64) -> u64 {
    next(next(start))
}

/// A step, and one that fails for a long time.
#[workflow]
pub(crate) async fn stubborn(start: u64, #[resource] world: &World) -> Result<u64> {
    let before = step!("before", world.act(start)).await?;
    let again = Retry::constant("30s").times(9);
    Ok(
        step!("again", retry = again, world.act_after(9, before.value))
            .await?
            .value,
    )
}

/// A step, and one that kills the process.
#[workflow]
pub(crate) async fn poison(start: u64, #[resource] world: &World) -> Result<u64> {
    step!("before", world.act(start)).await?;
    Ok(step!("explode", world.explode()).await?.value)
}
