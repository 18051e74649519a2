//! An instant in the life of a process, drawn by chance.

use std::thread;
use std::time::Duration;

use fastrand::Rng;

use crate::process::{Process, Sign};

/// A process sends at least so many requests.
const REQUESTS_MAX: usize = 6;

/// An instant in the life of a process: after so many signs, and a little later.
#[derive(Debug)]
pub(crate) struct Moment {
    kind: Kind,
    signs: usize,
    later: Duration,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// Executions of steps.
    Executions,
    /// Requests to the endpoint.
    Requests,
}

impl Moment {
    /// Any moment in a process that has so many executions before it.
    pub(crate) fn draw(chance: &mut Rng, executions: usize) -> Self {
        let kind = match chance.u8(..3) {
            0 => Kind::Requests,
            _ => Kind::Executions,
        };
        let signs_max = match kind {
            Kind::Executions => executions,
            Kind::Requests => REQUESTS_MAX,
        };
        // What is acknowledged is recorded a quarter of a second later.
        let micros_max = *chance
            .choice(&[1_000, 60_000, 250_000])
            .expect("there are three");
        Self {
            kind,
            signs: chance.usize(..=signs_max),
            later: Duration::from_micros(chance.u64(..micros_max)),
        }
    }

    /// Waits for it; false where the process ended before.
    pub(crate) fn comes(&self, process: &Process) -> bool {
        let mut signs = 0;
        while signs < self.signs {
            match process.next() {
                Sign::Said(words) if words.starts_with("step ") => {
                    signs += usize::from(self.kind == Kind::Executions);
                }
                Sign::Said(_) => {}
                Sign::Request => signs += usize::from(self.kind == Kind::Requests),
                Sign::Ended => return false,
            }
        }
        thread::sleep(self.later);
        true
    }
}
