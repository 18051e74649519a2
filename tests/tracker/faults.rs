//! No answer, or not a whole one: closed ports, cut connections, silence, garbage.

use std::sync::Arc;
use std::time::{Duration, Instant};

use workflow_tests::endpoint::{Endpoint, Reply};
use workflow_tracker::{
    BoxFuture, Encoder, Fault, Native, Origin, Relay, RelayOptions, Reply as Answer, ReplyHead,
    Request, Tracker, Transport, Urgency,
};

use crate::kit::{LONG, Setup, block_on, once_each, quick, tracker};
use crate::shelf::Shelf;

const SHORT: Duration = Duration::from_millis(150);

#[test]
fn an_endpoint_that_is_down_gets_everything_when_it_is_up() {
    let endpoint = Endpoint::closed();
    let setup = Setup::new(tracker(&endpoint));
    for run in 0..40 {
        setup.commit(run, 5);
    }
    let stats = setup.wait_for("attempts", |stats| stats.requests.retry >= 20);
    assert_eq!((stats.account.delivered, stats.account.pending), (0, 200));
    endpoint.open();
    assert_eq!(setup.check(&endpoint), once_each(200));
}

#[test]
fn an_endpoint_that_goes_down_and_up_again_misses_nothing() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    for round in 1..=3 {
        setup.commit(1, 2);
        setup.check(&endpoint);
        endpoint.close();
        setup.commit(1, 2);
        setup.wait_for("an attempt", |stats| stats.requests.retry >= round);
        endpoint.open();
    }
    assert_eq!(setup.check(&endpoint), once_each(12));
}

#[test]
fn silence_ends_with_the_timeout() {
    let endpoint = Endpoint::start();
    endpoint.then([Reply::hang(), Reply::hang()]);
    let setup = Setup::new(tracker(&endpoint).timeout(SHORT));
    setup.commit(1, 3);
    assert_eq!(setup.check(&endpoint), once_each(3));
    assert_eq!(setup.stats().requests.retry, 2);
}

#[test]
fn one_silent_answer_does_not_stop_the_other_lanes() {
    let endpoint = Endpoint::start();
    endpoint.then([Reply::hang()]);
    let setup = Setup::new(tracker(&endpoint));
    setup.commit(0, 1);
    endpoint.wait_for("the request that gets no answer", |seen| {
        seen.requests().len() == 1
    });
    for run in 1..16 {
        setup.commit(run, 10);
    }
    setup.wait_for("the other lanes", |stats| stats.account.delivered == 150);
    assert_eq!(setup.stats().account.pending, 1);
}

#[test]
fn the_status_line_decides_and_a_slow_body_is_left() {
    let endpoint = Endpoint::start();
    endpoint.answer(|_| Reply::slow_body(200, Duration::from_millis(10)));
    let setup = Setup::new(tracker(&endpoint));
    let begin = Instant::now();
    setup.commit(1, 1);
    assert!(block_on(setup.relay.flush(LONG)).is_complete());
    setup.commit(1, 1);
    assert_eq!(setup.check(&endpoint), once_each(2));
    let took = begin.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?} for two answers");
    assert_eq!(
        endpoint.seen().connections(),
        2,
        "an unread body cannot be shared"
    );
}

#[test]
fn garbage_is_tried_again() {
    let endpoint = Endpoint::start();
    endpoint.then([Reply::garbage(), Reply::garbage()]);
    let setup = Setup::new(tracker(&endpoint));
    setup.commit(1, 3);
    assert_eq!(setup.check(&endpoint), once_each(3));
    assert_eq!(setup.stats().requests.retry, 2);
}

#[test]
fn an_answer_cut_before_its_status_is_no_answer() {
    let endpoint = Endpoint::start();
    endpoint.then([
        Reply::close(),
        Reply::reset(),
        Reply::status(200).cut_after_bytes(5),
        Reply::status(200).reset_after_bytes(9),
        Reply::status(200).cut_after_bytes(30),
    ]);
    let setup = Setup::new(tracker(&endpoint));
    setup.commit(1, 3);
    assert_eq!(setup.check(&endpoint), once_each(3));
    assert_eq!(setup.stats().requests.retry, 5);
}

#[test]
fn an_answer_cut_in_its_body_is_an_answer() {
    let endpoint = Endpoint::start();
    let answer = Reply::with_body(200, "delivered");
    endpoint.then([answer.cut_after_bytes(50)]);
    let setup = Setup::new(tracker(&endpoint));
    setup.commit(1, 1);
    setup.check(&endpoint);
    setup.commit(1, 1);
    assert_eq!(setup.check(&endpoint), once_each(2));
    assert_eq!(setup.stats().requests.acknowledged, 2);
}

#[test]
fn a_stale_connection_is_replaced_at_once() {
    for stale in [Reply::close(), Reply::reset()] {
        let endpoint = Endpoint::start();
        let never = Duration::from_secs(600);
        let pace = quick().retries(never, never);
        let setup = Setup::new(tracker(&endpoint).pace(pace).lanes_at_once(1));
        setup.commit(1, 1);
        setup.check(&endpoint);
        endpoint.then([stale]);
        setup.commit(1, 1);
        assert_eq!(setup.check(&endpoint), once_each(2));
        let seen = endpoint.seen();
        let [_, stale, repeat] = seen.requests() else {
            panic!("three requests, not {seen:?}");
        };
        assert_ne!(repeat.connection, stale.connection);
        assert_eq!(setup.stats().requests.retry, 0);
    }
}

#[test]
fn a_fresh_connection_that_ends_early_is_a_failure() {
    let endpoint = Endpoint::start();
    endpoint.then([Reply::close()]);
    let setup = Setup::new(tracker(&endpoint));
    setup.commit(1, 1);
    assert_eq!(setup.check(&endpoint), once_each(1));
    assert_eq!(setup.stats().requests.retry, 1);
}

/// Answers 200 to everything, and never ends the answer.
#[derive(Debug, Default)]
struct Endless(Origin);

impl Tracker for Endless {
    fn name(&self) -> &'static str {
        "endless"
    }
    fn origin(&self) -> &Origin {
        &self.0
    }
    fn encoder(&self) -> &dyn Encoder {
        &Native
    }
    fn connect(&self) -> Result<Box<dyn Transport>, Fault> {
        Ok(Box::new(Self::default()))
    }
}

impl Transport for Endless {
    fn send<'a>(&'a self, _: &'a Request) -> BoxFuture<'a, Result<Answer, Fault>> {
        let head = ReplyHead {
            status: 200,
            ..ReplyHead::default()
        };
        let rest = Box::pin(std::future::pending());
        Box::pin(async { Ok(Answer::new(head, rest)) })
    }
}

#[test]
fn events_are_delivered_when_the_status_line_is_there_and_not_when_the_answer_ends() {
    let log: Arc<Shelf> = Arc::default();
    let trackers: Vec<Arc<dyn Tracker>> = vec![Arc::new(Endless::default())];
    let relay = Relay::start(Arc::clone(&log) as _, trackers, RelayOptions::default());
    let relay = block_on(relay).expect("the relay starts");
    let end = log.append(1, 3);
    relay.committed(end.lane, end.pos, Urgency::Now);
    let report = block_on(relay.delivered(end.lane, end.pos, LONG));
    assert!(report.is_complete());
}
