//! What may be delivered twice: what a process had no time to record before it was killed.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::endpoint::{Received, Seen};

/// The header by which a tracker says which process sends.
pub const PROCESS: &str = "x-process";

/// The end of a process that delivered.
#[derive(Clone, Debug)]
pub struct Kill {
    /// The process.
    pub process: u32,
    /// The events beyond the cursors that it left, where somebody looked before the next one.
    pub pending: Option<BTreeSet<Uuid>>,
}

/// Everything that was acknowledged twice by one process, or by a later one although its cursor
/// had been recorded; the kills in their order.
///
/// Of answers that were not heard nothing follows. Time does not decide: what a killed process sent may arrive when the next one has begun.
pub fn without_reason(
    seen: &Seen,
    kills: &[Kill],
    was_heard: impl Fn(&Received) -> bool,
) -> Vec<String> {
    let mut before: BTreeMap<Uuid, &Received> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut requests: Vec<_> = seen.acknowledged().collect();
    requests.sort_by_key(|request| generation(request, kills));
    for request in requests {
        for event in request.events.iter().filter(|event| !event.tombstone) {
            let id = event.event_id;
            let first = before.insert(id, request);
            let Some(first) = first.filter(|first| was_heard(first)) else {
                continue;
            };
            if let Some(problem) = problem(id, first, request, kills) {
                let (first, again) = (first.number, request.number);
                wrong.push(format!(
                    "event {id}, in requests {first} and {again}: {problem}"
                ));
            }
        }
    }
    wrong
}

/// How many processes were killed before the one that sent a request.
fn generation(request: &Received, kills: &[Kill]) -> usize {
    let process = request.header(PROCESS).and_then(|id| id.parse().ok());
    let process: u32 = process.expect("every process says which it is");
    let killed = kills.iter().position(|kill| kill.process == process);
    killed.unwrap_or(kills.len())
}

fn problem(id: Uuid, first: &Received, again: &Received, kills: &[Kill]) -> Option<&'static str> {
    let generations = generation(first, kills)..generation(again, kills);
    if generations.is_empty() {
        return Some("one process sent it twice");
    }
    let recorded = kills[generations].iter().any(|kill| {
        let pending = kill.pending.as_ref();
        pending.is_some_and(|pending| !pending.contains(&id))
    });
    recorded.then_some("it was recorded as delivered")
}
