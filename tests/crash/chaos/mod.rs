//! All faults at once, for a fixed time: an endpoint with weather, processes that are killed, a
//! disk that is full, a database that is locked; and in the end everything is as it should be.

mod child;
mod report;
mod trouble;
mod weather;

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::Value;
use workflow_tests::oracle::without_reason;

pub(crate) use child::soak;

use crate::lab::Lab;
use crate::number;
use crate::world::{errands_end, journeys_end, two_steps_end};
use report::Report;
use trouble::Trouble;
use weather::Sky;

/// What a process may take: it holds runs that are executed, and never a backlog.
const MEMORY_MAX_KB: u64 = 256 * 1024;

#[test]
fn everything_arrives_after_10_seconds_of_chaos() {
    chaos(Duration::from_secs(number("WORKFLOW_SOAK_S").unwrap_or(10)));
}

#[test]
#[ignore = "long: a minute of chaos; WORKFLOW_SOAK_S sets the seconds, WORKFLOW_SEED the seed"]
fn everything_arrives_after_a_minute_of_chaos() {
    chaos(Duration::from_secs(number("WORKFLOW_SOAK_S").unwrap_or(60)));
}

/// What a run does, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Journey,
    Nap,
    Errand,
}

impl Kind {
    const fn of(number: u64) -> Self {
        match number % 10 {
            0 => Self::Journey,
            1 | 2 => Self::Nap,
            _ => Self::Errand,
        }
    }
}

/// How long the nap with this number is.
const fn nap_ms(number: u64) -> u64 {
    number % 100
}

fn id(number: u64) -> String {
    format!("soak-{number}")
}

/// What the run with this number returns, unless it is cancelled.
fn end(number: u64) -> u64 {
    match Kind::of(number) {
        Kind::Journey => journeys_end(number),
        Kind::Nap => two_steps_end(nap_ms(number)),
        Kind::Errand => errands_end(number),
    }
}

fn chaos(lasts: Duration) {
    let seed = number("WORKFLOW_SEED").unwrap_or_else(|| fastrand::u64(..1_000_000));
    println!("chaos for {lasts:?}: WORKFLOW_SEED={seed}");
    let mut chance = Rng::with_seed(seed);
    let lab = Lab::new();
    let sky = Sky::over(&lab.endpoint, chance.fork());
    let began = Instant::now();
    let mut trouble = Trouble::begin(&lab, &sky, chance);
    while began.elapsed() < lasts {
        trouble.go_on();
    }
    let calm_after = began.elapsed();
    let done = trouble.end();
    let report = check(&lab, &sky, done);
    println!("{report}");
    println!(
        "{:.1} s of chaos, and {:.1} s until everything was delivered",
        calm_after.as_secs_f64(),
        began.elapsed().saturating_sub(calm_after).as_secs_f64()
    );
}

/// The one oracle, and what it does not know: which events are poison, how runs end, which of
/// what arrived twice may have.
fn check(lab: &Lab, sky: &Sky, done: trouble::Done) -> Report {
    let verdict = lab.check();
    let database = lab.traces.database();
    for (id, end) in &verdict.ends {
        assert!(ended(id, end, &done), "run `{id}` came to {end}");
    }
    assert_eq!(verdict.ends.len() as u64, done.runs);
    let ids: HashMap<_, _> = database
        .runs
        .iter()
        .map(|run| (run.run_no, &run.id))
        .collect();
    let poison = database.log.iter().filter(|row| {
        let id = ids.get(&row.run_no);
        id.is_some_and(|id| weather::is_poison(id, row.seq))
    });
    let poison = poison.map(|row| row.event_id).collect();
    assert_eq!(
        database.dead, poison,
        "what is put aside, and what is poison"
    );
    let seen = lab.endpoint.seen();
    let wrong = without_reason(&seen, &done.kills, |request| sky.was_heard(request));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(done.memory_kb < MEMORY_MAX_KB, "{} KB", done.memory_kb);
    Report::new(&verdict, &database, &seen, done)
}

fn ended(id: &str, end: &Value, done: &trouble::Done) -> bool {
    let number = id
        .strip_prefix("soak-")
        .and_then(|number| number.parse().ok());
    let number: u64 = number.expect("the ids of this experiment");
    end.as_u64() == Some(self::end(number))
        || (*end == "cancelled" && done.cancels.contains(&number))
}

/// How often something happened, by its name.
type Counts = BTreeMap<&'static str, u64>;
