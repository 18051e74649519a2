//! A configuration that changes over a backlog: nothing is skipped, and nothing is sent again.

use std::collections::BTreeSet;

use workflow_core::{Engine, HttpTracker};
use workflow_tests::endpoint::{Endpoint, Reply};

use crate::lab::{LONG, Lab, end_of};
use crate::world::{errand, errands_end};

/// Runs with four events each.
const ERRANDS: u64 = 20;

async fn engine(lab: &Lab, trackers: impl IntoIterator<Item = HttpTracker>) -> Engine {
    let mut trackers = trackers.into_iter();
    let first = trackers.next().expect("there is at least one tracker");
    let mut builder = lab.site.builder_with(lab.site.world(), first);
    for tracker in trackers {
        builder = builder.tracker(tracker);
    }
    builder.start().await.expect("an engine starts")
}

/// Runs errands; the numbers of all rounds differ.
async fn errands(engine: &Engine, round: u64) {
    for number in round * ERRANDS..(round + 1) * ERRANDS {
        let run = engine.start(errand, format!("errand-{number}"), number);
        let run = run.await.expect("it starts");
        assert_eq!(end_of(&run).await, Ok(errands_end(number)));
    }
}

/// Acknowledges some requests and hangs up on the others, so that a backlog is left.
fn acknowledge_some(endpoint: &Endpoint, requests: usize) {
    endpoint.answer(|_| Reply::close());
    endpoint.then((0..requests).map(|_| Reply::status(200)));
}

async fn complete(lab: &Lab, engine: Engine) {
    let left = engine.shutdown(LONG).await;
    assert!(left.delivery.expect("it delivers").is_complete());
    lab.traces.check_log();
}

async fn leaves_a_backlog(engine: Engine) -> u64 {
    let left = engine.shutdown(std::time::Duration::from_millis(300)).await;
    let pending = left.delivery.expect("it delivers").pending();
    assert!(pending > 0);
    pending
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_or_fewer_lanes_at_once_change_nothing_but_the_speed() {
    let lab = Lab::new();
    for (round, lanes) in (0..).zip([4, 1, 16, 2]) {
        acknowledge_some(&lab.endpoint, 6);
        let engine = engine(&lab, [lab.site.tracker().lanes_at_once(lanes)]).await;
        errands(&engine, round).await;
        leaves_a_backlog(engine).await;
    }
    lab.endpoint.answer(|_| Reply::status(200));
    complete(
        &lab,
        engine(&lab, [lab.site.tracker().lanes_at_once(8)]).await,
    )
    .await;
    assert_eq!(lab.check().delivered.duplicates, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_url_gets_the_rest_and_only_the_rest() {
    let lab = Lab::new();
    acknowledge_some(&lab.endpoint, 6);
    let old = engine(&lab, [lab.site.tracker()]).await;
    errands(&old, 0).await;
    let pending = leaves_a_backlog(old).await;
    let first = lab.endpoint.seen().ids();
    assert!(!first.is_empty(), "some were delivered");

    let elsewhere = Endpoint::start();
    let moved = HttpTracker::new(&elsewhere.url()).expect("a local url");
    complete(&lab, engine(&lab, [moved]).await).await;
    let second = elsewhere.seen().ids();
    assert_eq!(second.len() as u64, pending);
    let all: BTreeSet<_> = lab.traces.database().event_ids().into_iter().collect();
    assert_eq!(&first | &second, all);
    assert_eq!((&first & &second).len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tracker_that_is_added_or_taken_away_disturbs_no_other_and_misses_nothing_of_its_own() {
    let lab = Lab::new();
    let (late, whole) = (Endpoint::start(), Endpoint::start());
    let named = |endpoint: &Endpoint, name: &str| {
        let tracker = HttpTracker::new(&endpoint.url()).expect("a local url");
        tracker.name(name)
    };
    acknowledge_some(&lab.endpoint, 6);
    let alone = engine(&lab, [lab.site.tracker()]).await;
    errands(&alone, 0).await;
    leaves_a_backlog(alone).await;
    let before = lab.traces.database().event_ids();

    // Two are added: one from now on, one from the beginning.
    let trackers = || {
        let whole = named(&whole, "whole").from_beginning();
        [lab.site.tracker(), named(&late, "late"), whole]
    };
    let three = engine(&lab, trackers()).await;
    errands(&three, 1).await;
    leaves_a_backlog(three).await;
    // One is taken away for a while, and finds everything when it is back.
    let two = engine(&lab, [lab.site.tracker(), named(&whole, "whole")]).await;
    errands(&two, 2).await;
    leaves_a_backlog(two).await;
    lab.endpoint.answer(|_| Reply::status(200));
    complete(&lab, engine(&lab, trackers()).await).await;

    let all = lab.traces.database().event_ids();
    let new: Vec<_> = all
        .iter()
        .filter(|id| !before.contains(id))
        .copied()
        .collect();
    for (endpoint, expected) in [(&lab.endpoint, &all), (&whole, &all), (&late, &new)] {
        let tally = endpoint.seen().check(expected);
        assert_eq!((tally.events, tally.duplicates), (expected.len(), 0));
    }
}
