//! What a run emits with, bare, so that a benchmark can tell what it costs.

use workflow_tracker::events::StepStarted;

use crate::id::Chance;
use crate::run::Turns;
use crate::time::{Clock as _, SystemClock};

/// The place where a run's events wait for their commit.
#[doc(hidden)]
#[derive(Debug)]
pub struct Emitter {
    turns: Turns,
}

impl Emitter {
    /// One of a run that has emitted nothing.
    #[expect(
        clippy::new_without_default,
        reason = "for benchmarks, which have one way to make it"
    )]
    pub fn new() -> Self {
        Self {
            turns: Turns::new(Chance::seeded(1), 0, 0),
        }
    }

    /// Emits `step.started`, with its id and its timestamp.
    pub fn emit(&mut self, step_name: &'static str) {
        let started = StepStarted {
            step_name: step_name.to_owned(),
            attempt: 1,
            ..StepStarted::default()
        };
        self.turns.push(SystemClock.now(), started, None);
    }

    /// Encodes what was emitted, as a commit takes it; says how many rows that are.
    pub fn take(&mut self) -> usize {
        self.turns.seal_into_last();
        self.turns.take().rows.len()
    }
}
