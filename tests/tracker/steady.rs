//! Nothing goes wrong: all events arrive, in order, in sensible requests.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use workflow_tests::endpoint::{Endpoint, Reply};
use workflow_tracker::{HttpTracker, Pace, StartError, Timestamp, Urgency};

use crate::kit::{LONG, Setup, block_on, eventually, once_each, quick, start, tracker};
use crate::shelf::Shelf;

#[test]
fn a_run_of_one_event_is_delivered() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    setup.commit(1, 1);
    assert_eq!(setup.check(&endpoint), once_each(1));
}

#[test]
fn a_run_that_is_over_before_the_relay_looks_is_delivered() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    for run in 0..100 {
        setup.commit(run, 3);
    }
    assert_eq!(setup.check(&endpoint), once_each(300));
}

#[test]
fn a_thousand_events_over_all_lanes_arrive_in_order() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    std::thread::scope(|scope| {
        for worker in 0..4_u128 {
            let setup = &setup;
            scope.spawn(move || {
                for round in 0..10 {
                    for run in 0..25 {
                        let end = setup.log.append(worker * 25 + run, 1);
                        let urgency = match round {
                            9 => Urgency::Now,
                            _ => Urgency::Linger,
                        };
                        setup.relay.committed(end.lane, end.pos, urgency);
                    }
                }
            });
        }
    });
    assert_eq!(setup.check(&endpoint), once_each(1_000));
}

#[test]
fn events_that_nobody_waits_for_are_gathered() {
    let endpoint = Endpoint::start();
    let pace = Pace::default().linger(Duration::from_millis(300));
    let setup = Setup::new(tracker(&endpoint).pace(pace));
    for _ in 0..20 {
        let end = setup.log.append(1, 1);
        setup.relay.committed(end.lane, end.pos, Urgency::Linger);
    }
    assert_eq!(setup.check(&endpoint), once_each(20));
    let requests = endpoint.seen().requests().len();
    assert!(requests <= 3, "{requests} requests for 20 events at once");
}

#[test]
fn a_request_holds_no_more_than_it_may() {
    let endpoint = Endpoint::start();
    let pace = quick().batch_events_max(7);
    let setup = Setup::new(tracker(&endpoint).pace(pace));
    setup.commit(1, 50);
    assert_eq!(setup.check(&endpoint), once_each(50));
    let seen = endpoint.seen();
    assert!(
        seen.requests()
            .iter()
            .all(|request| request.events.len() <= 7)
    );
    assert_eq!(seen.requests().len(), 8);
}

#[test]
fn a_request_has_the_headers_that_describe_it() {
    let endpoint = Endpoint::start();
    let tracker = tracker(&endpoint)
        .header("X-Team", "payments")
        .and_then(|tracker| tracker.bearer("t0ken"))
        .expect("good headers");
    let setup = Setup::new(tracker);
    setup.commit(1, 2);
    setup.check(&endpoint);
    let seen = endpoint.seen();
    let request = &seen.requests()[0];
    assert_eq!(request.request_line, "POST /events HTTP/1.1");
    let header = |name| request.header(name).unwrap_or_default();
    let agent = concat!("workflow-tracker/", env!("CARGO_PKG_VERSION"));
    assert_eq!(header("user-agent"), agent);
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("x-tracker-event-count"), "2");
    assert_eq!(header("idempotency-key").len(), 64);
    assert_eq!(header("x-team"), "payments");
    assert_eq!(header("authorization"), "Bearer t0ken");
}

#[test]
fn some_lanes_go_at_once_and_each_has_one_request_in_flight() {
    let endpoint = Endpoint::start();
    endpoint.answer(|_| Reply::status(200).after(Duration::from_millis(20)));
    let pace = quick().batch_events_max(5);
    let setup = Setup::new(tracker(&endpoint).pace(pace).lanes_at_once(3));
    for run in 0..16 {
        setup.commit(run, 10);
    }
    assert_eq!(setup.check(&endpoint), once_each(160));
    let seen = endpoint.seen();
    let at_once = seen.most_at_once();
    assert!((2..=3).contains(&at_once), "{at_once} requests at once");
    for one in seen.requests() {
        let lane = one.events[0].run_id;
        let in_flight = seen.requests().iter().filter(|other| {
            let same_lane = other.events[0].run_id == lane;
            same_lane && other.at <= one.at && other.answered_at.is_none_or(|end| end > one.at)
        });
        assert_eq!(in_flight.count(), 1, "requests of one lane at once");
    }
}

#[test]
fn connections_are_used_again() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint).lanes_at_once(1));
    for run in 0..20 {
        setup.commit(run, 1);
        setup.check(&endpoint);
    }
    let connections = endpoint.seen().connections();
    assert!(
        connections <= 5,
        "{connections} connections for 20 requests"
    );
}

#[test]
fn every_tracker_gets_everything_whatever_the_other_does() {
    let (good, bad) = (Endpoint::start(), Endpoint::start());
    bad.answer(|_| Reply::status(500));
    let trackers = [
        tracker(&good).name("good"),
        tracker(&bad).name("bad").lanes_at_once(2),
    ];
    let setup = Setup::with(Arc::default(), trackers);
    for run in 0..10 {
        setup.commit(run, 5);
    }
    let ids = setup.log.ids();
    let seen = good.wait_for("every event", |seen| seen.has_all(&ids));
    assert_eq!(seen.check(&ids), once_each(50));
    assert_eq!(setup.stats_of("bad").account.pending, 50);
    bad.answer(|_| Reply::status(200));
    let seen = bad.wait_for("every event", |seen| seen.has_all(&ids));
    assert_eq!(seen.check(&ids), once_each(50));
}

#[test]
fn a_new_tracker_begins_where_it_says() {
    let (end, beginning) = (Endpoint::start(), Endpoint::start());
    let log = Arc::new(Shelf::default());
    log.append(1, 3);
    let trackers = [
        tracker(&end).name("end"),
        tracker(&beginning).name("beginning").from_beginning(),
    ];
    let setup = Setup::with(log, trackers);
    setup.commit(1, 2);
    let all = setup.log.ids();
    let seen = beginning.wait_for("every event", |seen| seen.has_all(&all));
    assert_eq!(seen.check(&all), once_each(5));
    let seen = end.wait_for("the new events", |seen| seen.has_all(&all[3..]));
    assert_eq!(seen.check(&all[3..]), once_each(2));
    assert_eq!(setup.stats_of("end").account.accepted, 2);
    assert_eq!(setup.stats_of("beginning").account.accepted, 5);
}

#[test]
fn events_of_another_process_are_found_by_a_refresh() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    for run in 0..5 {
        setup.log.append(run, 2);
        setup.relay.refresh();
        setup.check(&endpoint);
    }
    assert_eq!(setup.check(&endpoint), once_each(10));
}

#[test]
fn the_next_relay_goes_on_where_the_last_one_was() {
    let endpoint = Endpoint::start();
    let log = Arc::new(Shelf::default());
    for run in 0..4 {
        let setup = Setup::with(Arc::clone(&log), [tracker(&endpoint)]);
        setup.commit(run, 6);
        setup.check(&endpoint);
        // Dropped, not shut down: the moves of its cursors are not durable yet.
        assert!(!log.moves().is_empty());
    }
    let setup = Setup::with(log, [tracker(&endpoint)]);
    assert_eq!(setup.check(&endpoint), once_each(24));
}

#[test]
fn a_dropped_relay_ends_its_thread() {
    let endpoint = Endpoint::start();
    endpoint.answer(|_| Reply::hang());
    let Setup { log, relay } = Setup::new(tracker(&endpoint));
    let end = log.append(1, 1);
    relay.committed(end.lane, end.pos, Urgency::Now);
    endpoint.wait_for("a request", |seen| seen.requests().len() == 1);
    drop(relay);
    eventually("the end of the thread", || {
        (Arc::strong_count(&log) == 1).then_some(())
    });
}

#[test]
fn names_that_cannot_own_a_cursor_are_refused() {
    let endpoint = Endpoint::start();
    let refusal = |trackers: Vec<HttpTracker>| {
        let started = block_on(start(&Arc::default(), trackers));
        let Err(error @ StartError::Name { .. }) = started else {
            panic!("the names are refused, not {started:?}");
        };
        error.to_string()
    };
    let twice = vec![tracker(&endpoint), tracker(&endpoint)];
    assert!(refusal(twice).contains("two trackers are named `default`"));
    assert!(refusal(vec![tracker(&endpoint).name("")]).contains("empty name"));
}

#[test]
fn no_tracker_is_no_work() {
    let setup = Setup::with(Arc::default(), []);
    setup.commit(1, 3);
    assert!(block_on(setup.relay.flush(LONG)).is_complete());
    assert!(block_on(setup.relay.shutdown(LONG)).is_complete());
    assert_eq!(setup.log.reads(), 0);
}

#[test]
fn the_age_of_the_oldest_event_is_known_before_its_lane_has_its_turn() {
    let endpoint = Endpoint::start();
    endpoint.then([Reply::hang()]);
    let log: Arc<Shelf> = Arc::default();
    let day = Duration::from_secs(24 * 60 * 60);
    let now = Timestamp::from(SystemTime::now());
    let days_ago = |days| Timestamp::from_millis(now.as_millis() - u64::from(days) * 86_400_000);
    // The lanes take turns from the first one on.
    for run in 0..16_u8 {
        log.append_at(run.into(), days_ago(u32::from(run) + 1));
    }
    let one_at_once = tracker(&endpoint).from_beginning().lanes_at_once(1);
    let short = one_at_once.timeout(Duration::from_millis(300));
    let setup = Setup::with(Arc::clone(&log), [short]);
    endpoint.wait_for("the first request", |seen| seen.requests().len() == 1);
    let oldest = setup.stats().oldest_pending.expect("something is pending");
    assert!(oldest >= 16 * day && oldest < 17 * day, "{oldest:?}");
    assert_eq!(setup.check(&endpoint), once_each(16));
    assert_eq!(setup.stats().oldest_pending, None);
}
