//! Waits for delivery: they end when everything is out or when their time is, and count.

use std::sync::Arc;
use std::time::{Duration, Instant};

use workflow_tests::endpoint::{Endpoint, Reply};
use workflow_tracker::{Pace, Urgency};

use crate::kit::{LONG, Setup, block_on, once_each, quick, tracker};
use crate::shelf::{Faults, Shelf};

const SHORT: Duration = Duration::from_millis(200);
/// How much longer than its deadline a wait may take on a busy machine.
const SLACK: Duration = Duration::from_secs(2);

#[test]
fn a_flush_delivers_at_once_and_counts() {
    let endpoint = Endpoint::start();
    let pace = Pace::default().linger(Duration::from_secs(600));
    let setup = Setup::new(tracker(&endpoint).pace(pace));
    for run in 0..10 {
        let end = setup.log.append(run, 3);
        setup.relay.committed(end.lane, end.pos, Urgency::Linger);
    }
    let report = block_on(setup.relay.flush(LONG));
    assert!(report.is_complete());
    assert_eq!((report.delivered(), report.pending()), (30, 0));
    assert_eq!(report.trackers[0].tracker, "default");
    assert_eq!(report.trackers[0].account.accepted, 30);
    assert_eq!(setup.check(&endpoint), once_each(30));
}

#[test]
fn a_flush_finds_what_another_process_committed() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    setup.log.append(1, 4);
    let report = block_on(setup.relay.flush(LONG));
    assert_eq!((report.delivered(), report.pending()), (4, 0));
}

#[test]
fn a_flush_that_runs_out_of_time_says_what_is_pending_and_loses_nothing() {
    let endpoint = Endpoint::start();
    endpoint.answer(|_| Reply::hang());
    let setup = Setup::new(tracker(&endpoint).timeout(SHORT));
    setup.commit(1, 5);
    let begin = Instant::now();
    let report = block_on(setup.relay.flush(SHORT));
    assert!(begin.elapsed() < SHORT + SLACK);
    assert_eq!((report.delivered(), report.pending()), (0, 5));
    endpoint.answer(|_| Reply::status(200));
    assert_eq!(setup.check(&endpoint), once_each(5));
}

#[test]
fn a_flush_tries_again_what_waits_after_a_failure() {
    let endpoint = Endpoint::start();
    endpoint.then([Reply::status(401)]);
    let never = Duration::from_secs(600);
    let pace = quick().retries(never, never).probes(never, never);
    let setup = Setup::new(tracker(&endpoint).pace(pace));
    setup.commit(1, 2);
    setup.wait_for("the refusal", |stats| stats.blocked.is_some());
    let report = block_on(setup.relay.flush(LONG));
    assert!(report.is_complete(), "nothing was tried in {LONG:?}");
    assert_eq!(setup.check(&endpoint), once_each(2));
    assert_eq!(endpoint.seen().requests().len(), 2);
}

#[test]
fn one_position_is_waited_for_alone() {
    let endpoint = Endpoint::start();
    let pace = Pace::default().linger(Duration::from_secs(600));
    let setup = Setup::new(tracker(&endpoint).pace(pace));
    let [one, other] = [1, 2].map(|run| {
        let end = setup.log.append(run, 3);
        setup.relay.committed(end.lane, end.pos, Urgency::Linger);
        end
    });
    assert_ne!(one.lane, other.lane);
    let report = block_on(setup.relay.delivered(one.lane, one.pos, LONG));
    assert!(report.is_complete());
    let account = report.trackers[0].account;
    assert_eq!((account.delivered, account.pending), (3, 3));
}

#[test]
fn a_position_can_be_waited_for_before_it_is_told() {
    let endpoint = Endpoint::start();
    let pace = Pace::default().linger(Duration::from_secs(600));
    let setup = Setup::new(tracker(&endpoint).pace(pace));
    let end = setup.log.append(1, 3);
    let delivered = setup.relay.delivered(end.lane, end.pos, LONG);
    setup.relay.committed(end.lane, end.pos, Urgency::Linger);
    assert!(block_on(delivered).is_complete());
}

#[test]
fn shutdown_delivers_and_makes_the_cursors_durable() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    let end = setup.log.append(1, 5);
    setup.relay.committed(end.lane, end.pos, Urgency::Linger);
    let report = block_on(setup.relay.shutdown(LONG));
    assert_eq!((report.delivered(), report.pending()), (5, 0));
    assert!(setup.log.moves().is_empty());
    assert_eq!(
        Arc::strong_count(&setup.log),
        1,
        "nothing of the relay is left"
    );
    assert_eq!(setup.check(&endpoint), once_each(5));
}

#[test]
fn shutdown_keeps_its_deadline_whatever_the_endpoint_does() {
    let hanging = Endpoint::start();
    hanging.answer(|_| Reply::hang());
    let refusing = Endpoint::start();
    refusing.answer(|_| Reply::status(401));
    for endpoint in [Endpoint::closed(), hanging, refusing] {
        let setup = Setup::new(tracker(&endpoint));
        for run in 0..20 {
            setup.commit(run, 2);
        }
        let begin = Instant::now();
        let report = block_on(setup.relay.shutdown(SHORT));
        let took = begin.elapsed();
        assert!(took < SHORT + SLACK, "{took:?}");
        assert_eq!((report.delivered(), report.pending()), (0, 40));
        assert_eq!(setup.stats().account.pending, 40);
        assert_eq!(
            Arc::strong_count(&setup.log),
            1,
            "nothing of the relay is left"
        );
    }
}

#[test]
fn what_is_pending_at_shutdown_is_delivered_by_the_next_relay() {
    let endpoint = Endpoint::closed();
    let log = Arc::new(Shelf::default());
    let setup = Setup::with(Arc::clone(&log), [tracker(&endpoint)]);
    setup.commit(1, 7);
    let report = block_on(setup.relay.shutdown(SHORT));
    assert_eq!(report.pending(), 7);
    endpoint.open();
    let setup = Setup::with(log, [tracker(&endpoint)]);
    assert_eq!(setup.check(&endpoint), once_each(7));
}

#[test]
fn shutdown_keeps_its_deadline_when_the_log_hangs() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    setup.commit(1, 1);
    setup.check(&endpoint);
    setup.log.fail(Faults {
        hang_settle: true,
        ..Faults::default()
    });
    let begin = Instant::now();
    let report = block_on(setup.relay.shutdown(SHORT));
    assert!(begin.elapsed() < SHORT + SLACK);
    assert!(report.is_complete());
}

#[test]
fn after_a_shutdown_every_question_has_an_answer() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    setup.commit(1, 2);
    let waiting = setup.relay.flush(LONG);
    block_on(setup.relay.shutdown(LONG));
    block_on(waiting);
    let end = setup.commit(2, 3);
    setup.relay.refresh();
    let report = block_on(setup.relay.flush(LONG));
    assert_eq!((report.delivered(), report.pending()), (2, 3));
    let report = block_on(setup.relay.delivered(end.lane, end.pos, LONG));
    assert_eq!(report.pending(), 3);
    assert_eq!(block_on(setup.relay.shutdown(LONG)).pending(), 3);
}
