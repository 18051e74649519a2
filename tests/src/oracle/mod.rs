//! One oracle for every experiment: what must be true of the traces that it left, whatever was
//! done to its processes and to its endpoint.
//!
//! It looks at the database, at the file in which steps wrote down their executions, and at what
//! the endpoint received. None of these asks the program that was tested.

mod again;
mod database;
mod delivery;
mod effects;
mod ledger;
mod runs;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

pub use again::{Kill, PROCESS, without_reason};
pub use database::{Balance, Database, LogRow, RunRow};
pub use ledger::{Execution, Ledger, Noted};

use crate::endpoint::{Seen, Tally};

/// Where an experiment left its traces.
#[derive(Clone, Debug)]
pub struct Traces {
    /// The database.
    pub database: PathBuf,
    /// The file in which steps wrote down their executions.
    pub ledger: PathBuf,
}

/// What an experiment came to. That it is right was checked before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How each run ended, by the user's ids: its output, or else its status.
    pub ends: BTreeMap<String, Value>,
    /// Distinct events, and deliveries beyond the first of each.
    pub delivered: Tally,
    /// How often code of steps was executed.
    pub executions: usize,
    /// How often a run went on after a crash.
    pub recoveries: usize,
}

impl Traces {
    /// The traces of an experiment in this folder.
    pub fn new(folder: &Path) -> Self {
        Self {
            database: folder.join("runs.db"),
            ledger: folder.join("executions.txt"),
        }
    }

    /// What the database holds now.
    pub fn database(&self) -> Database {
        Database::read(&self.database)
    }

    /// Checks what must be true at every moment: each run's log is whole, no step's code was
    /// executed again after its commit, and accepted events are delivered, pending, quarantined or
    /// expired.
    ///
    /// # Panics
    ///
    /// With everything that is not so.
    pub fn check_log(&self) -> Database {
        let (database, wrong) = self.look();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        database
    }

    /// Checks an experiment that is over: nothing is among its [`problems`](Self::problems), and
    /// each run's events arrived in order and with the same bytes each time.
    ///
    /// # Panics
    ///
    /// With everything that is not so.
    pub fn check(&self, seen: &Seen) -> Verdict {
        let wrong = self.problems(seen);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let database = self.database();
        Verdict {
            delivered: seen.check(&database.deliverable()),
            ends: ends(&database),
            executions: Ledger::read(&self.ledger).len(),
            recoveries: database.count("workflow.resumed", "cause", "crash"),
        }
    }

    /// What is wrong with an experiment that is over: what [`check_log`](Self::check_log) finds,
    /// runs that have not ended, rows of the log that the endpoint did not acknowledge as they
    /// are, and events that it received and that are no rows.
    pub fn problems(&self, seen: &Seen) -> Vec<String> {
        let (database, mut wrong) = self.look();
        wrong.extend(unfinished(&database));
        wrong.extend(delivery::problems(&database, seen));
        wrong
    }

    fn look(&self) -> (Database, Vec<String>) {
        // The executions first: a step that is executed in between is in the log by then.
        let executions = Ledger::read(&self.ledger);
        let database = self.database();
        let mut wrong = runs::problems(&database);
        wrong.extend(effects::problems(&database, &executions));
        wrong.extend(delivery::accounts(&database, &self.database));
        (database, wrong)
    }
}

fn unfinished(database: &Database) -> Vec<String> {
    let runs = database.runs.iter();
    let open = runs.filter(|run| !runs::status_ends(&run.status));
    let open = open.map(|run| format!("run `{}` is {}", run.id, run.status));
    let accounts = database.accounts.iter();
    let owing = accounts.filter(|(_, balance)| {
        let Balance {
            accepted,
            delivered,
            quarantined,
            ..
        } = **balance;
        delivered + quarantined != accepted || accepted != database.log.len() as u64
    });
    let owing = owing.map(|(tracker, balance)| {
        let events = database.log.len();
        format!("`{tracker}` is owed some of {events} events: {balance:?}")
    });
    open.chain(owing).collect()
}

fn ends(database: &Database) -> BTreeMap<String, Value> {
    let end = |run: &RunRow| {
        let rows = database.rows_of(run);
        let output = rows.last().and_then(|row| row.payload.clone());
        let completed = run.status == "completed";
        let end = output.filter(|_| completed);
        (
            run.id.clone(),
            end.unwrap_or_else(|| run.status.clone().into()),
        )
    };
    database.runs.iter().map(end).collect()
}
