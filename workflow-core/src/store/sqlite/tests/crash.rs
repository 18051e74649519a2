//! A process that is killed leaves whole commits, and all that were answered.

use std::env;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{self, ChildStdout, Command, Stdio};

use rusqlite::Connection;

use super::{Scratch, shared, wait};
use crate::store::conformance::kit::{commit, create, go_on, lease, rows, run};
use crate::store::{Claim, RunCommit, SqliteStore};

/// What tells this test's program that it is the child, and where its file is.
const PATH: &str = "WORKFLOW_STORE_TEST_PATH";
/// How many runs the child commits together.
const GROUP: &str = "WORKFLOW_STORE_TEST_GROUP";
/// How many rows each commit of the child has.
const ROWS: u64 = 3;

/// This program as a child, which commits until it is killed and prints a line for each commit.
pub(super) struct Child {
    process: process::Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Child {
    /// Starts a child that commits for so many runs together, and holds the lease.
    pub(super) fn start(scratch: &Scratch, group: u8) -> Self {
        let (_, module) = module_path!().split_once("::").expect("a crate has a name");
        let mut process = Command::new(env::current_exe().expect("this program has a file"))
            .args([&format!("{module}::child"), "--exact", "--nocapture"])
            .env(PATH, scratch.path())
            .env(GROUP, group.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program can be started");
        let output = process.stdout.take().expect("it is piped");
        let mut child = Self {
            process,
            lines: BufReader::new(output).lines(),
        };
        while child.read_line() != "begun" {}
        child
    }

    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(super) fn read_line(&mut self) -> String {
        let line = self
            .lines
            .next()
            .expect("the child goes on until it is killed");
        line.expect("the child writes text")
    }

    /// Kills the child; what it wrote before is returned.
    pub(super) fn kill(&mut self) -> Vec<String> {
        self.process.kill().expect("the child runs");
        self.process.wait().expect("the child was killed");
        self.lines.by_ref().map_while(Result::ok).collect()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Not a test of its own: what the child does.
#[test]
fn child() {
    let (Ok(path), Ok(group)) = (env::var(PATH), env::var(GROUP)) else {
        return;
    };
    let group: u8 = group.parse().expect("a number");
    let store = SqliteStore::open(path).expect("the store opens");
    let store = shared(&store.into());
    wait(async {
        let lease = lease(&store).await;
        let begin = |n| create(run(n, &lease), rows(1..=ROWS));
        let mut claims = claims(&commit(&store, (0..group).map(begin).collect()).await);
        println!("\nbegun");
        for number in 1.. {
            let first = number * ROWS + 1;
            let turn = |claim: &Claim| go_on(*claim, rows(first..first + ROWS));
            let turns: Vec<RunCommit> = claims.iter().map(turn).collect();
            claims = self::claims(&commit(&store, turns).await);
            println!("{number}");
            std::io::stdout().flush().expect("the parent reads");
        }
    });
}

fn claims(results: &[crate::store::CommitResult]) -> Vec<Claim> {
    let committed = results.iter().map(|result| result.as_ref());
    committed
        .map(|done| done.expect("not refused").claim)
        .collect()
}

#[test]
fn a_killed_process_leaves_whole_commits() {
    for (group, lines) in [(1, 0), (1, 20), (40, 1), (40, 7)] {
        let scratch = Scratch::new();
        let mut child = Child::start(&scratch, group);
        for _ in 0..lines {
            child.read_line();
        }
        let answered = lines + child.kill().iter().filter(|line| is_number(line)).count();
        drop(scratch.open());
        check(&scratch.connect(), group, answered as u64);
    }
}

/// The last line may be cut; then the commit counts as not answered.
fn is_number(line: &str) -> bool {
    line.parse::<u64>().is_ok()
}

/// All runs have the same rows, at least those that were answered, and lanes have no gap.
fn check(file: &Connection, group: u8, answered: u64) {
    let number = |query: &str| -> u64 {
        let number = file.query_row(query, [], |row| row.get::<_, i64>(0));
        number.expect("readable").cast_unsigned()
    };
    let last = number("SELECT max(seq) FROM log");
    assert_eq!(last % ROWS, 0);
    assert!(
        last >= (answered + 1) * ROWS,
        "{answered} were answered, but {last} rows are there"
    );
    assert_eq!(number("SELECT count(*) FROM log"), last * u64::from(group));
    let incomplete = "SELECT count(*) FROM (SELECT run_no FROM log GROUP BY run_no \
         HAVING count(*) <> (SELECT max(seq) FROM log))";
    assert_eq!(number(incomplete), 0);
    let with_gaps = "SELECT count(*) FROM lanes WHERE head <> \
         (SELECT count(*) FROM log WHERE log.lane = lanes.lane AND pos <= head)";
    assert_eq!(number(with_gaps), 0);
    let whole: String = file
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .expect("readable");
    assert_eq!(whole, "ok");
}
