//! What an event costs: to emit it, and to encode it.

use std::sync::Mutex;
use std::time::Instant;

use workflow_core::testing::Emitter;

use crate::Outcome;
use crate::report::{Report, Row};

const EVENTS: u32 = 1_000_000;
/// So many events wait for one commit.
const GATHERED: u32 = 8;

pub(crate) fn costs(report: &mut Report) -> Outcome<()> {
    report.say(
        "Emit: `step.started` with its id and timestamp into the run's own list, and its encoding for the \
         commit that takes it; beside a typed event pushed into a `Mutex<Vec<_>>` with a timestamp.",
    );
    let pushed = nanoseconds(push);
    let mut list = Emitter::new();
    let mut encoding = 0.0;
    let each = nanoseconds(|number| {
        list.emit("charge");
        if number % GATHERED == GATHERED - 1 {
            let before = Instant::now();
            list.take();
            encoding += before.elapsed().as_secs_f64();
        }
    });
    let encoded = encoding * 1e9 / f64::from(EVENTS);
    report.row(
        Row::new("emit")
            .number("ns to emit", each - encoded, 1)
            .number("ns to encode", encoded, 1)
            .number("ns to push", pushed, 1),
    )
}

fn nanoseconds(mut what: impl FnMut(u32)) -> f64 {
    let begun = Instant::now();
    for number in 0..EVENTS {
        what(number);
    }
    begun.elapsed().as_secs_f64() * 1e9 / f64::from(EVENTS)
}

/// What a tracker that keeps events in memory pays at least.
fn push(number: u32) {
    static EVENTS: Mutex<Vec<(std::time::SystemTime, String, u32)>> = Mutex::new(Vec::new());
    let mut events = EVENTS.lock().expect("nobody panicked");
    if events.len() == GATHERED as usize {
        events.clear();
    }
    events.push((std::time::SystemTime::now(), "charge".to_owned(), number));
}
