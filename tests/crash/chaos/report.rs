//! What the chaos came to, for people.

use std::collections::BTreeMap;
use std::fmt;

use workflow_tests::endpoint::Seen;
use workflow_tests::oracle::{Database, Verdict};

use super::Counts;
use super::trouble::Done;

/// What the chaos came to.
pub(super) struct Report {
    done: Done,
    ends: BTreeMap<&'static str, usize>,
    verdict: Verdict,
    quarantined: usize,
    requests: usize,
    answers: BTreeMap<String, usize>,
}

impl Report {
    pub(super) fn new(verdict: &Verdict, database: &Database, seen: &Seen, done: Done) -> Self {
        let mut ends = BTreeMap::new();
        for end in verdict.ends.values() {
            let name = if *end == "cancelled" {
                "cancelled"
            } else {
                "completed"
            };
            *ends.entry(name).or_default() += 1;
        }
        let mut answers = BTreeMap::new();
        for request in seen.requests() {
            let answer = request
                .status
                .map_or("none".to_owned(), |status| status.to_string());
            *answers.entry(answer).or_default() += 1;
        }
        Self {
            done,
            ends,
            verdict: verdict.clone(),
            quarantined: database.dead.len(),
            requests: seen.requests().len(),
            answers,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line =
            |f: &mut fmt::Formatter<'_>, name: &str, what: String| writeln!(f, "{name:<22}{what}");
        let delivered = self.verdict.delivered;
        line(f, "runs", format!("{} {:?}", self.done.runs, self.ends))?;
        line(f, "trouble", counts(&self.done.counts))?;
        line(f, "recoveries", self.verdict.recoveries.to_string())?;
        line(
            f,
            "executions of steps",
            self.verdict.executions.to_string(),
        )?;
        line(f, "events delivered", delivered.events.to_string())?;
        line(f, "delivered again", delivered.duplicates.to_string())?;
        line(f, "put aside as poison", self.quarantined.to_string())?;
        line(f, "lost", "0".to_owned())?;
        line(
            f,
            "requests",
            format!("{}, by answer {:?}", self.requests, self.answers),
        )?;
        line(f, "memory at most", format!("{} KB", self.done.memory_kb))
    }
}

fn counts(counts: &Counts) -> String {
    let one = |(name, count): (&&str, &u64)| format!("{name} {count}");
    counts.iter().map(one).collect::<Vec<_>>().join(", ")
}
