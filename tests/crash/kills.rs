//! Killed at any instant and started again: every run comes to its end, and every event arrives.

use std::ops::AddAssign;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use workflow_tests::oracle::{Database, Ledger, Traces};

use crate::child::{JOURNEYS, Role};
use crate::lab::Lab;
use crate::process::{Process, Sign};
use crate::world::{JOURNEY_EXECUTIONS, journeys_end};

const SEED: &str = "WORKFLOW_SEED";
const KILLS: &str = "WORKFLOW_KILLS";

#[test]
fn killed_at_50_seeded_instants() {
    kill(50);
}

#[test]
#[ignore = "long: 200 kills; WORKFLOW_KILLS sets the number, WORKFLOW_SEED the first seed"]
fn killed_at_many_seeded_instants() {
    kill(number(KILLS).unwrap_or(200));
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{name} is `{text}` and should be a number")))
}

/// One experiment after the other until there were enough kills.
fn kill(kills: u64) {
    let began = Instant::now();
    let seed = number(SEED).unwrap_or_else(|| fastrand::u64(..1_000_000));
    let mut tally = Tally::default();
    for seed in seed.. {
        if tally.kills >= kills {
            break;
        }
        println!("an experiment begins: {SEED}={seed}");
        tally += experiment(&mut fastrand::Rng::with_seed(seed), kills - tally.kills);
    }
    println!("{:.1} s: {tally:#?}", began.elapsed().as_secs_f64());
}

/// What happened in experiments.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    experiments: u64,
    kills: u64,
    /// Kills after which the files were looked at, and what the runs were doing.
    looks: usize,
    executing: usize,
    waiting: usize,
    ended: usize,
    not_yet_started: usize,
    /// Runs that went on after a crash.
    recoveries: usize,
    events: usize,
    duplicates: usize,
    /// Executions of code beyond those of undisturbed runs.
    executions_again: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.experiments += other.experiments;
        self.kills += other.kills;
        self.looks += other.looks;
        self.executing += other.executing;
        self.waiting += other.waiting;
        self.ended += other.ended;
        self.not_yet_started += other.not_yet_started;
        self.recoveries += other.recoveries;
        self.events += other.events;
        self.duplicates += other.duplicates;
        self.executions_again += other.executions_again;
    }
}

const RUNS: usize = JOURNEYS as usize;

/// An instant in the life of a process: after so many signs, and a little later.
#[derive(Debug)]
struct Moment {
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
    fn draw(chance: &mut fastrand::Rng, executions: usize) -> Self {
        let kind = match chance.u8(..3) {
            0 => Kind::Requests,
            _ => Kind::Executions,
        };
        let signs_max = match kind {
            Kind::Executions => executions,
            Kind::Requests => 6,
        };
        let later = match chance.bool() {
            true => Duration::from_micros(chance.u64(..1_000)),
            false => Duration::from_micros(chance.u64(..60_000)),
        };
        Self {
            kind,
            signs: chance.usize(..=signs_max),
            later,
        }
    }

    /// Waits for it; false where the process ended before.
    fn comes(&self, process: &Process) -> bool {
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

/// Kills a process one to four times, sees its runs to their end, and asks the oracle.
fn experiment(chance: &mut fastrand::Rng, kills_max: u64) -> Tally {
    let lab = Lab::new();
    let mut tally = Tally {
        experiments: 1,
        ..Tally::default()
    };
    let kills = chance.u64(1..=4).min(kills_max);
    while tally.kills < kills && kill_once(&lab, chance, &mut tally) {}
    let said = lab.start(Role::Travel).succeed();
    let expected: Vec<_> = (0..JOURNEYS)
        .map(|start| format!("end {start} {}", journeys_end(start)))
        .chain(["left 0".to_owned()])
        .collect();
    let heard: Vec<_> = said
        .into_iter()
        .filter(|words| !words.starts_with("step "))
        .collect();
    assert_eq!(heard, expected);

    let verdict = lab.check();
    let ends: Vec<_> = (0..JOURNEYS)
        .map(|start| (format!("journey-{start}"), Value::from(journeys_end(start))))
        .collect();
    assert_eq!(verdict.ends, ends.into_iter().collect());
    tally.recoveries = verdict.recoveries;
    tally.events = verdict.delivered.events;
    tally.duplicates = verdict.delivered.duplicates;
    tally.executions_again = verdict.executions - RUNS * JOURNEY_EXECUTIONS;
    tally
}

/// Starts a process and kills it; false where it had ended before.
fn kill_once(lab: &Lab, chance: &mut fastrand::Rng, tally: &mut Tally) -> bool {
    let before = Ledger::read(&lab.traces.ledger).len();
    let left = (RUNS * JOURNEY_EXECUTIONS).saturating_sub(before);
    let moment = Moment::draw(chance, left);
    let process = lab.start(Role::Travel);
    process.watch(&lab.endpoint);
    if !moment.comes(&process) {
        return false;
    }
    process.kill();
    tally.kills += 1;
    // Looking repairs the file, which else the next process does.
    if chance.bool() && Database::is_there(&lab.traces.database) {
        look(&lab.traces, tally);
    }
    true
}

/// Checks what a killed process left, and counts what its runs were doing.
fn look(traces: &Traces, tally: &mut Tally) {
    let database = traces.check_log();
    tally.looks += 1;
    tally.not_yet_started += RUNS - database.runs.len();
    for run in &database.runs {
        let count = match run.status.as_str() {
            "running" => &mut tally.executing,
            "waiting" => &mut tally.waiting,
            _ => &mut tally.ended,
        };
        *count += 1;
    }
}
