//! Killed at any instant and started again: every run comes to its end, and every event arrives.

use std::collections::BTreeSet;
use std::ops::AddAssign;
use std::time::Instant;

use fastrand::Rng;
use serde_json::Value;
use uuid::Uuid;
use workflow_tests::endpoint::Reply;
use workflow_tests::oracle::{Database, Kill, Ledger, Traces, without_reason};

use crate::child::Role;
use crate::lab::Lab;
use crate::moment::Moment;
use crate::number;
use crate::process::Process;
use crate::travel::{TRAVEL_EXECUTIONS, travels_end};

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
        tally += experiment(&mut Rng::with_seed(seed), kills - tally.kills);
    }
    println!("{:.1} s: {tally:#?}", began.elapsed().as_secs_f64());
}

/// What happened in experiments.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    experiments: u64,
    kills: u64,
    /// Kills after which a process that stood by took over.
    reliefs: u64,
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
        self.reliefs += other.reliefs;
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

/// Kills one to four processes, sees their runs to their end, and asks the oracle.
fn experiment(chance: &mut Rng, kills_max: u64) -> Tally {
    let lab = Lab::new();
    let mut tally = Tally {
        experiments: 1,
        ..Tally::default()
    };
    // Where another process stands by, it takes over; else the files lie untouched for a while.
    let relief = chance.bool();
    let kills = chance.u64(1..=4).min(kills_max);
    let mut stands_by: Option<Process> = None;
    let mut deaths = Vec::new();
    while tally.kills < kills {
        let process = stands_by.take();
        let process = process.unwrap_or_else(|| lab.start(traveller(chance)));
        stands_by = relief.then(|| lab.start(traveller(chance)));
        let Some(death) = kill_one(&lab, process, chance) else {
            break;
        };
        tally.kills += 1;
        deaths.push(death);
        if stands_by.is_some() {
            tally.reliefs += 1;
        } else if chance.bool() && Database::is_there(&lab.traces.database) {
            // Looking repairs the file, which else the next process does.
            let pending = look(&lab.traces, &mut tally);
            if let Some(death) = deaths.last_mut() {
                death.pending = Some(pending);
            }
        }
    }
    stands_by.map(Process::succeed);
    let tally = check(&lab, tally);
    let wrong = without_reason(&lab.endpoint.seen(), &deaths, |_| true);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    tally
}

fn traveller(chance: &mut Rng) -> Role {
    let travellers = [Role::Travel, Role::Park];
    chance.choice(travellers).expect("there are two")
}

/// Starts the last process, which sees everything to its end, and asks the oracle.
fn check(lab: &Lab, mut tally: Tally) -> Tally {
    let said = lab.start(Role::Travel).succeed();
    assert_eq!(said.last().map(String::as_str), Some("left 0"));
    let verdict = lab.check();
    let ends = travels_end().into_iter();
    let ends = ends.map(|(id, end)| (id, Value::from(end)));
    assert_eq!(verdict.ends, ends.collect());
    tally.recoveries = verdict.recoveries;
    tally.events = verdict.delivered.events;
    tally.duplicates = verdict.delivered.duplicates;
    tally.executions_again = verdict.executions - TRAVEL_EXECUTIONS;
    tally
}

/// Kills a process at some moment, unless it ends before.
fn kill_one(lab: &Lab, process: Process, chance: &mut Rng) -> Option<Kill> {
    let before = Ledger::read(&lab.traces.ledger).len();
    let left = TRAVEL_EXECUTIONS.saturating_sub(before);
    let moment = Moment::draw(chance, left);
    process.watch(&lab.endpoint, answers(chance));
    if !moment.comes(&process) {
        process.succeed();
        return None;
    }
    let killed = process.id();
    process.kill();
    Some(Kill {
        process: killed,
        pending: None,
    })
}

/// How the endpoint answers: always well, or every third time with some fault.
fn answers(chance: &mut Rng) -> impl FnMut() -> Reply + Send + 'static {
    let faulty = chance.bool();
    let mut chance = chance.fork();
    move || match chance.u8(..18) {
        0 if faulty => Reply::status(500),
        1 if faulty => Reply::status(429).header("Retry-After", "0"),
        2 if faulty => Reply::close(),
        3 if faulty => Reply::reset(),
        4 if faulty => Reply::garbage(),
        5 if faulty => Reply::status(200).cut_after_bytes(12),
        _ => Reply::status(200),
    }
}

/// Checks what a killed process left, and counts what its runs were doing; gives the events that
/// are still to be delivered.
fn look(traces: &Traces, tally: &mut Tally) -> BTreeSet<Uuid> {
    let database = traces.check_log();
    tally.looks += 1;
    tally.not_yet_started += travels_end().len() - database.runs.len();
    for run in &database.runs {
        let count = match run.status.as_str() {
            "queued" => &mut tally.not_yet_started,
            "running" => &mut tally.executing,
            "waiting" => &mut tally.waiting,
            _ => &mut tally.ended,
        };
        *count += 1;
    }
    // A process that was killed before it opened the tracker owes it nothing yet.
    let pending = database.pending.get("default").cloned();
    pending.unwrap_or_default().into_iter().collect()
}
