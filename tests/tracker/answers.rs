//! Each class of answer: what is tried again, what waits for somebody, what counts as delivered.

use std::sync::Arc;
use std::time::Duration;

use workflow_tests::endpoint::{Endpoint, Reply, Seen};
use workflow_tracker::BlockedReason;

use crate::kit::{LONG, Setup, block_on, once_each, quick, tracker};

/// The time between the answer to one request and the arrival of the next.
fn gap(seen: &Seen, first: usize) -> Duration {
    let requests = seen.requests();
    let answered = requests[first].answered_at.expect("an answer");
    requests[first + 1].at.saturating_duration_since(answered)
}

#[test]
fn an_error_is_tried_again_with_the_same_bytes() {
    let endpoint = Endpoint::start();
    let passing = [408, 409, 423, 424, 425, 429, 500, 502, 503, 504, 507, 599];
    endpoint.then(passing.map(Reply::status));
    let setup = Setup::new(tracker(&endpoint));
    setup.commit(1, 3);
    endpoint.wait_for("a request", |seen| !seen.requests().is_empty());
    setup.commit(1, 3);
    assert_eq!(setup.check(&endpoint), once_each(6));
    let seen = endpoint.seen();
    let first = &seen.requests()[0];
    for repeat in &seen.requests()[1..13] {
        assert_eq!(repeat.body, first.body);
        assert_eq!(
            repeat.header("idempotency-key"),
            first.header("idempotency-key")
        );
    }
    let stats = setup.stats();
    assert_eq!((stats.requests.retry, stats.retries), (12, 12));
    assert_eq!(stats.requests.total(), seen.requests().len() as u64);
}

#[test]
fn retry_after_is_waited_for_by_all_lanes() {
    let endpoint = Endpoint::start();
    endpoint.then([Reply::status(429).header("Retry-After", "1")]);
    let setup = Setup::new(tracker(&endpoint).lanes_at_once(1));
    setup.commit(1, 1);
    setup.wait_for("the refusal", |stats| stats.requests.retry == 1);
    setup.commit(2, 1);
    assert_eq!(setup.check(&endpoint), once_each(2));
    assert!(gap(&endpoint.seen(), 0) >= Duration::from_millis(990));
}

#[test]
fn retry_after_is_a_date_by_the_endpoints_own_clock() {
    let endpoint = Endpoint::start();
    let later = Reply::status(503)
        .header("Date", "Sun, 06 Nov 1994 08:49:37 GMT")
        .header("Retry-After", "Sun, 06 Nov 1994 08:49:38 GMT");
    let junk = Reply::status(503).header("Retry-After", "Sat, 06 Nov 2094");
    endpoint.then([junk, later]);
    let setup = Setup::new(tracker(&endpoint));
    setup.commit(1, 1);
    assert_eq!(setup.check(&endpoint), once_each(1));
    let seen = endpoint.seen();
    assert!(
        gap(&seen, 0) < Duration::from_millis(900),
        "junk is ignored"
    );
    assert!(gap(&seen, 1) >= Duration::from_millis(990));
}

#[test]
fn refused_credentials_block_until_they_are_accepted() {
    let endpoint = Endpoint::start();
    endpoint.answer(|_| Reply::status(401));
    let setup = Setup::new(tracker(&endpoint));
    for run in 0..20 {
        setup.commit(run, 2);
    }
    let stats = setup.wait_for("probes", |stats| stats.requests.blocked_auth >= 10);
    let blocked = stats.blocked.expect("a reason");
    assert_eq!(blocked.reason, BlockedReason::Auth);
    assert_eq!(blocked.detail, "the endpoint answered 401");
    assert_eq!((stats.account.delivered, stats.account.pending), (0, 40));
    assert!(stats.oldest_pending.is_some());
    endpoint.answer(|_| Reply::status(200));
    assert_eq!(setup.check(&endpoint), once_each(40));
    let stats = setup.stats();
    assert_eq!((stats.blocked, stats.oldest_pending), (None, None));
}

#[test]
fn a_blocked_destination_is_probed_slowly() {
    let endpoint = Endpoint::start();
    endpoint.answer(|_| Reply::status(403));
    let pace = quick().probes(Duration::from_secs(600), Duration::from_secs(600));
    let setup = Setup::new(tracker(&endpoint).pace(pace));
    setup.commit(1, 1);
    setup.wait_for("the refusal", |stats| stats.blocked.is_some());
    for _ in 0..50 {
        setup.commit(1, 1);
    }
    let report = block_on(setup.relay.flush(Duration::from_millis(100)));
    assert_eq!(report.pending(), 51);
    assert!(report.trackers[0].blocked.is_some());
    assert_eq!(endpoint.seen().requests().len(), 1);
}

#[test]
fn every_other_refusal_blocks_and_keeps_everything() {
    for status in [404, 405, 415, 451, 501, 505, 511] {
        let endpoint = Endpoint::start();
        endpoint.then([Reply::status(status), Reply::status(status)]);
        let setup = Setup::new(tracker(&endpoint));
        setup.commit(1, 3);
        assert_eq!(setup.check(&endpoint), once_each(3), "{status}");
        assert_eq!(setup.stats().requests.blocked_configuration, 2, "{status}");
    }
}

#[test]
fn a_redirect_is_never_followed() {
    let (endpoint, elsewhere) = (Endpoint::start(), Endpoint::start());
    for status in [301, 302, 303, 307, 308] {
        let redirect = Reply::status(status).header("Location", &elsewhere.url());
        endpoint.then([redirect]);
    }
    let setup = Setup::new(tracker(&endpoint));
    setup.commit(1, 1);
    assert_eq!(setup.check(&endpoint), once_each(1));
    assert_eq!(setup.stats().requests.blocked_configuration, 5);
    assert_eq!(elsewhere.seen().connections(), 0);
}

#[test]
fn the_cursor_moves_only_after_an_acknowledgement() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    let log = Arc::clone(&setup.log);
    let mut answers = [500, 404, 302, 401, 200].into_iter();
    endpoint.answer(move |_| {
        assert!(log.moves().is_empty(), "moved before the answer");
        Reply::status(answers.next().unwrap_or(500))
    });
    let end = setup.commit(1, 4);
    assert_eq!(setup.check(&endpoint), once_each(4));
    let moves = setup.log.moves();
    assert_eq!(moves.len(), 1);
    assert_eq!((moves[0].lane, moves[0].pos), (end.lane, 4));
    assert_eq!(&*moves[0].tracker, "default");
}

#[test]
fn every_2xx_counts_whatever_its_body() {
    let endpoint = Endpoint::start();
    endpoint.then([
        Reply::with_body(200, "{\"error\":\"not really\"}"),
        Reply::with_body(202, &"x".repeat(200_000)),
        Reply::with_body(299, "<html>"),
    ]);
    let setup = Setup::new(tracker(&endpoint));
    for _ in 0..4 {
        setup.commit(1, 1);
        assert!(block_on(setup.relay.flush(LONG)).is_complete());
    }
    assert_eq!(setup.check(&endpoint), once_each(4));
    assert_eq!(setup.stats().requests.total(), 4);
}
