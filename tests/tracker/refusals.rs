//! The endpoint refuses content: what is too large is split, what is poison is put aside, and
//! everything else is delivered.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;
use workflow_tests::endpoint::{Endpoint, Received, Reply, Seen};
use workflow_tracker::{BlockedReason, LetterQuery};

use crate::kit::{Setup, block_on, once_each, quick, tracker};
use crate::shelf::{Faults, Shelf};

/// Answers `status` to every request that holds one of these events, unless as a tombstone.
fn refuse(endpoint: &Endpoint, status: u16, poison: &[Uuid]) {
    let poison = poison.to_vec();
    endpoint.answer(move |received| {
        let mut events = received.events.iter();
        let refused = events.any(|event| holds_whole(event, &poison));
        Reply::status(if refused { status } else { 200 })
    });
}

fn holds_whole(event: &workflow_tests::endpoint::DeliveredEvent, ids: &[Uuid]) -> bool {
    !event.tombstone && ids.contains(&event.event_id)
}

/// Answers `status` to every request that holds one of these events, in whatever form.
fn refuse_in_any_form(endpoint: &Endpoint, status: u16, poison: &[Uuid]) {
    let poison = poison.to_vec();
    endpoint.answer(move |received: &Received| {
        let mut events = received.events.iter();
        let guilty = events.any(|event| poison.contains(&event.event_id));
        Reply::status(if guilty { status } else { 200 })
    });
}

/// Waits until everything is passed; `quarantined` are dead letters, everything else is delivered
/// whole, once and in order.
fn check(setup: &Setup, endpoint: &Endpoint, quarantined: &[Uuid]) -> Seen {
    setup.wait_for("the end", |stats| stats.account.pending == 0);
    let account = setup.stats().account;
    assert_eq!(account.quarantined, quarantined.len() as u64);
    assert_eq!(account.delivered, setup.log.len() - account.quarantined);
    let others: Vec<Uuid> = setup
        .log
        .ids()
        .into_iter()
        .filter(|id| !quarantined.contains(id))
        .collect();
    let seen = endpoint.seen();
    seen.check(&others);
    let letters = dead_letters(&setup.log);
    assert_eq!(letters, quarantined.iter().copied().collect());
    seen
}

fn dead_letters(log: &Arc<Shelf>) -> BTreeSet<Uuid> {
    use workflow_tracker::EventLog as _;
    let query = LetterQuery {
        letters_max: usize::MAX,
        ..LetterQuery::default()
    };
    let letters = block_on(log.dead_letters(query)).expect("the shelf can be read");
    letters.iter().map(|letter| letter.event.event_id).collect()
}

#[test]
fn what_is_too_large_is_split_until_it_fits() {
    let endpoint = Endpoint::start();
    endpoint.answer(|received| Reply::status(if received.events.len() > 3 { 413 } else { 200 }));
    let setup = Setup::new(tracker(&endpoint));
    setup.commit(1, 50);
    assert_eq!(setup.check(&endpoint), once_each(50));
    let stats = setup.stats();
    assert_eq!(
        (stats.requests.too_large, stats.account.quarantined),
        (5, 0)
    );
}

#[test]
fn one_event_that_is_too_large_loses_its_payload() {
    let endpoint = Endpoint::start();
    endpoint.answer(|received| {
        Reply::status(if received.body.len() > 4_000 {
            413
        } else {
            200
        })
    });
    let setup = Setup::new(tracker(&endpoint));
    let large = setup.log.append_large(1, 10_000);
    setup.commit(1, 3);
    let all = setup.log.ids();
    let seen = check(&setup, &endpoint, &[]);
    let truncated = seen.acknowledged().flat_map(|request| &request.events);
    let truncated: Vec<_> = truncated.filter(|event| event.truncated).collect();
    assert_eq!(truncated.len(), 1);
    assert_eq!(truncated[0].event_id, all[0]);
    assert!(
        truncated[0]
            .bytes
            .contains(r#""output":{"$truncated":true,"bytes":10002}"#),
        "{}",
        truncated[0].bytes
    );
    assert_eq!(large.pos, 1);
}

#[test]
fn one_event_that_stays_too_large_is_put_aside() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    setup.log.append_large(1, 10_000);
    let poison = setup.log.ids();
    refuse(&endpoint, 413, &poison);
    setup.commit(1, 9);
    let seen = check(&setup, &endpoint, &poison);
    assert_eq!(seen.tombstones(), poison.into_iter().collect());
    let forms: Vec<_> = seen
        .requests()
        .iter()
        .filter(|request| request.events.len() == 1)
        .map(|request| (request.events[0].truncated, request.events[0].tombstone))
        .take(3)
        .collect();
    assert_eq!(forms, [(false, false), (true, false), (false, true)]);
}

#[test]
fn a_poison_event_is_put_aside_and_all_others_are_delivered() {
    for status in [400, 422] {
        for guilty in [0, 1, 7, 49, 98, 99] {
            let endpoint = Endpoint::start();
            let setup = Setup::new(tracker(&endpoint));
            setup.log.append(1, 60);
            setup.log.append(17, 40);
            let poison = setup.log.ids()[guilty];
            refuse(&endpoint, status, &[poison]);
            setup.commit(33, 20);
            let seen = check(&setup, &endpoint, &[poison]);
            assert_eq!(seen.tombstones(), [poison].into());
            let stats = setup.stats();
            assert_eq!(stats.blocked, None);
            assert!(stats.requests.total() < 25, "{stats:?}");
        }
    }
}

#[test]
fn a_tombstone_says_why_and_holds_nothing_of_the_event() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    setup.log.append_large(1, 5_000);
    let poison = setup.log.ids();
    refuse(&endpoint, 422, &poison);
    setup.commit(1, 2);
    let seen = check(&setup, &endpoint, &poison);
    let mut events = seen.requests().iter().flat_map(|request| &request.events);
    let tombstone = events.find(|event| event.tombstone).expect("a tombstone");
    assert_eq!((tombstone.event_id, tombstone.seq), (poison[0], 1));
    let end = r#""tombstone":true,"reason":"the endpoint answered 422"}"#;
    assert!(tombstone.bytes.ends_with(end), "{}", tombstone.bytes);
    assert!(!tombstone.bytes.contains("xxx"), "{}", tombstone.bytes);
}

#[test]
fn an_endpoint_that_answers_400_to_everything_loses_nothing() {
    for status in [400, 413, 422] {
        let endpoint = Endpoint::start();
        endpoint.answer(move |_| Reply::status(status));
        let setup = Setup::new(tracker(&endpoint));
        for run in 0..40 {
            setup.commit(run, 3);
        }
        let stats = setup.wait_for("many probes", |stats| stats.requests.total() > 200);
        let blocked = stats.blocked.expect("a reason");
        assert_eq!(blocked.reason, BlockedReason::Contract);
        assert_eq!(blocked.detail, format!("the endpoint answered {status}"));
        assert_eq!((stats.account.pending, stats.account.quarantined), (120, 0));
        endpoint.answer(|_| Reply::status(200));
        let tally = setup.check(&endpoint);
        assert_eq!(tally.events, 120);
        // An event of another run that was accepted as a proof comes again in its turn.
        assert!(tally.duplicates <= 16, "one for each lane: {tally:?}");
        let stats = setup.stats();
        assert_eq!((stats.account.quarantined, stats.blocked), (0, None));
    }
}

#[test]
fn the_probes_of_a_contract_error_are_slow() {
    let endpoint = Endpoint::start();
    endpoint.answer(|_| Reply::status(400));
    let pace = quick().probes(Duration::from_secs(600), Duration::from_secs(600));
    let setup = Setup::new(tracker(&endpoint).pace(pace));
    setup.log.append(1, 50);
    setup.commit(17, 50);
    setup.wait_for("the contract error", |stats| {
        stats
            .blocked
            .as_ref()
            .is_some_and(|blocked| blocked.reason == BlockedReason::Contract)
    });
    let report = block_on(setup.relay.flush(Duration::from_millis(100)));
    assert_eq!(report.pending(), 100);
    // The whole, its compressed form not trusted; halves down to one; tombstone; another run.
    assert!(endpoint.seen().requests().len() <= 12);
}

#[test]
fn where_the_tombstone_is_refused_too_another_run_is_the_proof() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    setup.log.append(1, 3);
    let poison = setup.log.ids()[1];
    refuse_in_any_form(&endpoint, 400, &[poison]);
    setup.commit(17, 2);
    let seen = check(&setup, &endpoint, &[poison]);
    assert!(seen.tombstones().is_empty());
    assert_eq!(setup.stats().blocked, None);
}

#[test]
fn a_lane_of_one_run_waits_for_a_proof_from_elsewhere() {
    let endpoint = Endpoint::start();
    let pace = quick().probes(Duration::from_secs(600), Duration::from_secs(600));
    let setup = Setup::new(tracker(&endpoint).pace(pace));
    setup.log.append(1, 3);
    let poison = setup.log.ids()[1];
    refuse_in_any_form(&endpoint, 400, &[poison]);
    setup.commit(1, 1);
    let stats = setup.wait_for("the contract error", |stats| stats.blocked.is_some());
    assert_eq!((stats.account.delivered, stats.account.quarantined), (1, 0));
    setup.commit(2, 1);
    check(&setup, &endpoint, &[poison]);
    assert_eq!(setup.stats().blocked, None);
}

#[test]
fn one_poison_event_at_the_head_of_a_lane_holds_nothing_up_after_a_restart() {
    let endpoint = Endpoint::start();
    let log = Arc::new(Shelf::default());
    let first = Setup::with(Arc::clone(&log), [tracker(&endpoint)]);
    endpoint.answer(|_| Reply::status(503));
    first.commit(1, 5);
    first.wait_for("an attempt", |stats| stats.requests.retry > 0);
    let poison = log.ids()[0];
    drop(first);
    refuse(&endpoint, 400, &[poison]);
    let second = Setup::with(Arc::clone(&log), [tracker(&endpoint)]);
    second.commit(2, 5);
    check(&second, &endpoint, &[poison]);
}

#[test]
fn an_event_is_put_aside_once_although_the_log_fails_at_first() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    setup.log.fail(Faults {
        refuse_quarantine: 3,
        ..Faults::default()
    });
    setup.log.append(1, 4);
    let poison = setup.log.ids()[2];
    refuse(&endpoint, 400, &[poison]);
    setup.commit(1, 4);
    let seen = check(&setup, &endpoint, &[poison]);
    assert_eq!(setup.stats().log_errors, 3);
    let tombstones = seen
        .acknowledged()
        .filter(|request| request.events[0].tombstone);
    assert_eq!(tombstones.count(), 1, "the proof is not asked for again");
}

#[test]
fn a_poison_event_does_not_hold_up_who_waits_for_delivery() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    setup.log.append(1, 9);
    let poison = setup.log.ids()[4];
    refuse(&endpoint, 400, &[poison]);
    let end = setup.commit(1, 1);
    let report = block_on(setup.relay.delivered(end.lane, end.pos, crate::kit::LONG));
    assert!(report.is_complete());
    assert_eq!(report.trackers[0].account.quarantined, 1);
}

#[test]
fn trouble_while_an_event_is_proven_guilty_loses_nothing() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    setup.log.append(1, 8);
    let poison = setup.log.ids()[3];
    let mut number = 0;
    endpoint.answer(move |received| {
        number += 1;
        match number % 5 {
            1 => Reply::status(503),
            2 => Reply::close(),
            3 => Reply::status(401),
            _ if received
                .events
                .iter()
                .any(|event| holds_whole(event, &[poison])) =>
            {
                Reply::status(400)
            }
            _ => Reply::status(200),
        }
    });
    setup.commit(17, 2);
    check(&setup, &endpoint, &[poison]);
}
