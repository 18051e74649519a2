//! What happens to the processes, the disk and the database while runs are executed.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use rusqlite::Connection;
use workflow_tests::oracle::Kill;

use super::Counts;
use super::weather::{Sky, Weather};
use crate::child::Role;
use crate::lab::{LONG, Lab};
use crate::process::Process;

/// The making of trouble, and what works in spite of it.
pub(super) struct Trouble<'a> {
    lab: &'a Lab,
    sky: &'a Sky,
    chance: Rng,
    worker: Process,
    /// A process that takes over when the worker is gone.
    relief: Option<Process>,
    done: Done,
    closed: bool,
}

/// What was done.
#[derive(Default)]
pub(super) struct Done {
    pub(super) runs: u64,
    pub(super) cancels: BTreeSet<u64>,
    pub(super) kills: Vec<Kill>,
    pub(super) counts: Counts,
    /// The most that a process took.
    pub(super) memory_kb: u64,
}

impl<'a> Trouble<'a> {
    pub(super) fn begin(lab: &'a Lab, sky: &'a Sky, chance: Rng) -> Self {
        Self {
            worker: lab.start(Role::Soak),
            lab,
            sky,
            chance,
            relief: None,
            done: Done::default(),
            closed: false,
        }
    }

    /// Some work, and some trouble.
    pub(super) fn go_on(&mut self) {
        let (from, more) = (self.done.runs, self.chance.u64(1..20));
        self.done.runs += more;
        self.worker.tell(&format!("start {from} {}", from + more));
        match self.chance.u8(..24) {
            0..=2 => self.kill(),
            3 => self.leave(),
            4 | 5 => self.stand_by(),
            6 | 7 => self.lock(),
            8 | 9 => self.fill(),
            10..=13 => self.cancel(),
            14 | 15 => self.close(),
            16..=21 => self.turn(),
            _ => {}
        }
        thread::sleep(Duration::from_millis(self.chance.u64(10..100)));
    }

    /// Lets everything come to its end, with all faults gone.
    pub(super) fn end(mut self) -> Done {
        self.open();
        self.sky.turns(Weather::Calm);
        self.worker.tell("space");
        if let Some(mut relief) = self.relief.take() {
            relief.tell("leave");
            self.remember(&relief.succeed());
        }
        self.worker.tell(&format!("finish {}", self.done.runs));
        // Runs that lost several processes in a row are tried one at a time, with pauses.
        self.worker.hear_within("finished", 30 * LONG);
        self.worker.tell("leave");
        let Self {
            worker, mut done, ..
        } = self;
        let said = worker.succeed();
        assert!(said.contains(&"left 0".to_owned()), "{said:?}");
        remember(&mut done, &said);
        done
    }

    fn count(&mut self, what: &'static str) {
        *self.done.counts.entry(what).or_default() += 1;
    }

    fn kill(&mut self) {
        self.count("killed");
        let next = self.next();
        let worker = std::mem::replace(&mut self.worker, next);
        let process = worker.id();
        worker.kill();
        self.done.kills.push(Kill {
            process,
            pending: None,
        });
    }

    /// Whoever takes over stands by or is just starting.
    fn next(&mut self) -> Process {
        self.relief
            .take()
            .unwrap_or_else(|| self.lab.start(Role::Soak))
    }

    fn leave(&mut self) {
        self.count("left");
        self.worker.tell("space");
        self.open();
        self.sky.turns(Weather::Calm);
        let next = self.next();
        let mut worker = std::mem::replace(&mut self.worker, next);
        worker.tell("leave");
        let said = worker.succeed();
        self.remember(&said);
    }

    fn remember(&mut self, said: &[String]) {
        remember(&mut self.done, said);
    }

    fn stand_by(&mut self) {
        if self.relief.is_none() {
            self.count("stood by");
            self.relief = Some(self.lab.start(Role::Soak));
        }
    }

    /// Another program locks the database.
    fn lock(&mut self) {
        let Ok(other) = Connection::open(&self.lab.traces.database) else {
            return;
        };
        // The file may just be coming into being, or be busy: then it is not locked.
        if other.execute_batch("BEGIN IMMEDIATE").is_ok() {
            self.count("locked");
            thread::sleep(Duration::from_millis(self.chance.u64(20..400)));
            other.execute_batch("ROLLBACK").expect("it is held");
        }
    }

    fn fill(&mut self) {
        self.count("disk full");
        self.worker.tell("full");
        thread::sleep(Duration::from_millis(self.chance.u64(50..300)));
        self.worker.tell("space");
    }

    /// Cancels one of the latest runs.
    fn cancel(&mut self) {
        let number = self.done.runs - self.chance.u64(1..=self.done.runs.min(20));
        self.count("cancelled");
        self.done.cancels.insert(number);
        self.worker.tell(&format!("cancel {number}"));
    }

    /// The endpoint goes down, or up again.
    fn close(&mut self) {
        if self.closed {
            return self.open();
        }
        self.count("endpoint down");
        self.sky.cuts();
        self.lab.endpoint.close();
        self.closed = true;
    }

    fn open(&mut self) {
        if std::mem::take(&mut self.closed) {
            self.lab.endpoint.open();
        }
    }

    fn turn(&mut self) {
        let weather = *self.chance.choice(&Weather::ALL).expect("there is weather");
        self.count(match weather {
            Weather::Calm => "weather: calm",
            Weather::Storm => "weather: storm",
            Weather::Refusing => "weather: refusing",
            Weather::Narrow => "weather: narrow",
            Weather::Slow => "weather: slow",
        });
        self.sky.turns(weather);
    }
}

/// What a process said of itself in the end.
fn remember(done: &mut Done, said: &[String]) {
    let memory = said.iter().find_map(|words| words.strip_prefix("memory "));
    let memory = memory.and_then(|memory| memory.parse().ok());
    done.memory_kb = done.memory_kb.max(memory.unwrap_or(0));
}
