//! What this project wants to reach, beside what was measured.

use serde_json::Value;

use crate::Outcome;
use crate::report::{Report, Row};

/// Which side of its goal a figure is to be on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    AtMost,
    AtLeast,
}

/// A figure that a part measures, and where it is to be.
struct Goal {
    what: &'static str,
    /// The part, the row and the column in which it stands.
    place: [&'static str; 3],
    side: Side,
    bound: f64,
}

const fn at_most(what: &'static str, place: [&'static str; 3], bound: f64) -> Goal {
    let side = Side::AtMost;
    Goal {
        what,
        place,
        side,
        bound,
    }
}

const fn at_least(what: &'static str, place: [&'static str; 3], bound: f64) -> Goal {
    let side = Side::AtLeast;
    Goal {
        what,
        place,
        side,
        bound,
    }
}

const GOALS: [Goal; 12] = [
    at_most(
        "W1, one caller: commits a run",
        ["w1", "FULL c=1", "commits/run"],
        4.01,
    ),
    at_most(
        "W1, one caller: p50 / 4 syncs",
        ["w1", "FULL c=1", "x 4 syncs"],
        1.5,
    ),
    at_least(
        "W1, 256 callers: runs/s",
        ["w1", "FULL c=256", "runs/s"],
        10_000.0,
    ),
    at_least(
        "W1, 256 callers: of raw",
        ["w1", "FULL c=256", "of raw"],
        0.5,
    ),
    at_most(
        "W2, one caller: p50 / 51 syncs",
        ["w2", "FULL c=1", "x 51 syncs"],
        1.5,
    ),
    at_least(
        "W2, 64 callers: steps/s",
        ["w2", "FULL c=64", "steps/s"],
        30_000.0,
    ),
    at_least("W3: starts/s", ["w3", "FULL", "starts/s"], 20_000.0),
    at_most(
        "W3: MB above those with 1,000",
        ["w3", "FULL", "MB more"],
        50.0,
    ),
    at_most(
        "W4, 1,000 runs: s",
        ["w4", "FULL 1000", "all done in s"],
        0.2,
    ),
    at_most(
        "W4, 10,000 runs: s",
        ["w4", "FULL 10000", "all done in s"],
        1.5,
    ),
    at_most("emit: ns", ["emit", "emit", "ns to emit"], 100.0),
    at_most(
        "replay: µs an event at 10,002",
        ["growth", "replay 10002", "µs/event"],
        2.0,
    ),
];

/// Prints the goals that this run has measured.
pub(crate) fn compare(report: &mut Report) -> Outcome<()> {
    report.finish();
    let measured: Vec<(&Goal, f64)> = GOALS
        .iter()
        .filter_map(|goal| {
            let [part, row, column] = goal.place;
            report
                .seen(part, row, column)
                .and_then(Value::as_f64)
                .map(|seen| (goal, seen))
        })
        .collect();
    if measured.is_empty() {
        return Ok(());
    }
    report.say("Goals, beside what this run has measured.");
    for (goal, seen) in measured {
        let (sign, met) = match goal.side {
            Side::AtMost => ("≤", seen <= goal.bound),
            Side::AtLeast => ("≥", seen >= goal.bound),
        };
        report.row(
            Row::new(goal.what)
                .text("goal", format!("{sign} {}", goal.bound))
                .number("seen", seen, 2)
                .text("", if met { "met" } else { "not met" }),
        )?;
    }
    Ok(())
}
