//! Runs that are long enough to be killed anywhere, and what they come to.

use std::collections::BTreeMap;

use workflow_core::{Engine, RunHandle};

use crate::child::leave;
use crate::lab::{LONG, end_of};
use crate::world::{JOURNEY_EXECUTIONS, errand, errands_end, journey, journeys_end};

/// What the journeys start with.
const JOURNEYS: [u64; 3] = [0, 1, 2];
/// The run that starts late: its id, and what it starts with.
const LATE: (&str, u64) = ("late", 3);

/// How often code of steps is executed where nothing disturbs those who travel.
pub(crate) const TRAVEL_EXECUTIONS: usize = JOURNEYS.len() * JOURNEY_EXECUTIONS + 1;

/// What the runs of those who travel come to, by their ids.
pub(crate) fn travels_end() -> BTreeMap<String, u64> {
    let journeys = JOURNEYS.map(|start| (format!("journey-{start}"), journeys_end(start)));
    let late = (LATE.0.to_owned(), errands_end(LATE.1));
    journeys.into_iter().chain([late]).collect()
}

pub(crate) async fn start_travels(engine: &Engine) -> BTreeMap<String, RunHandle<u64>> {
    let mut runs = BTreeMap::new();
    for start in JOURNEYS {
        let id = format!("journey-{start}");
        let run = engine.start(journey, id.clone(), start).await;
        runs.insert(id, run.expect("a journey starts"));
    }
    let late = engine.start(errand, LATE.0, LATE.1).after("60ms").await;
    runs.insert(LATE.0.to_owned(), late.expect("it is queued"));
    runs
}

/// Checks what every run comes to, from whatever process its result is.
pub(crate) async fn travel(engine: Engine) {
    let runs = start_travels(&engine).await;
    let mut ends = BTreeMap::new();
    for (id, run) in runs {
        ends.insert(id, end_of(&run).await.expect("a run completes"));
    }
    assert_eq!(ends, travels_end());
    leave(engine, LONG).await;
}
