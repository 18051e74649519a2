//! How requests are carried: compressed, with credentials that change, in bounded memory.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use workflow_tests::endpoint::{Endpoint, Received, Reply, Seen};
use workflow_tracker::{BlockedReason, Compression};

use crate::kit::{Setup, once_each, tracker};

fn is_compressed(request: &Received) -> bool {
    request.header("content-encoding") == Some("gzip")
}

fn compressed(seen: &Seen) -> Vec<bool> {
    seen.requests().iter().map(is_compressed).collect()
}

#[test]
fn large_requests_are_compressed_and_small_ones_are_not() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    setup.commit(1, 1);
    setup.check(&endpoint);
    setup.commit(1, 50);
    assert_eq!(setup.check(&endpoint), once_each(51));
    let seen = endpoint.seen();
    assert_eq!(compressed(&seen), [false, true]);
    let [_, large] = seen.requests() else {
        panic!("two requests");
    };
    assert!(large.body_length < large.body.len() / 4);
}

#[test]
fn compression_can_be_turned_off() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint).compression(Compression::Off));
    setup.commit(1, 50);
    assert_eq!(setup.check(&endpoint), once_each(50));
    assert_eq!(compressed(&endpoint.seen()), [false]);
}

#[test]
fn an_endpoint_that_answers_415_gets_the_same_as_it_is_and_that_is_remembered() {
    // Some say it with a 400: they take the compressed bytes for malformed JSON.
    for status in [415, 400, 422] {
        let endpoint = Endpoint::start();
        endpoint.answer(move |received| {
            Reply::status(if is_compressed(received) { status } else { 200 })
        });
        let setup = Setup::new(tracker(&endpoint));
        for _ in 0..3 {
            setup.commit(1, 50);
            setup.check(&endpoint);
        }
        assert_eq!(setup.check(&endpoint), once_each(150));
        let seen = endpoint.seen();
        assert_eq!(compressed(&seen), [true, false, false, false], "{status}");
        assert_eq!(seen.requests()[0].body, seen.requests()[1].body);
        let stats = setup.stats();
        assert_eq!((stats.blocked, stats.account.quarantined), (None, 0));
    }
}

#[test]
fn poison_does_not_turn_compression_off() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    setup.log.append(1, 50);
    let poison = setup.log.ids()[30];
    endpoint.answer(move |received| {
        let mut events = received.events.iter();
        let guilty = events.any(|event| event.event_id == poison && !event.tombstone);
        Reply::status(if guilty { 400 } else { 200 })
    });
    setup.commit(1, 1);
    setup.wait_for("the end", |stats| stats.account.pending == 0);
    setup.commit(1, 50);
    setup.wait_for("the end", |stats| stats.account.pending == 0);
    let seen = endpoint.seen();
    assert!(
        seen.requests().last().is_some_and(is_compressed),
        "{seen:?}"
    );
}

#[test]
fn a_415_without_compression_blocks() {
    let endpoint = Endpoint::start();
    endpoint.answer(|_| Reply::status(415));
    let setup = Setup::new(tracker(&endpoint));
    setup.commit(1, 50);
    let stats = setup.wait_for("a reason", |stats| stats.blocked.is_some());
    let blocked = stats.blocked.expect("a reason");
    assert_eq!(blocked.reason, BlockedReason::Configuration);
    endpoint.answer(|_| Reply::status(200));
    assert_eq!(setup.check(&endpoint), once_each(50));
}

#[test]
fn an_endpoint_that_is_gone_is_asked_again_only_when_somebody_says_so() {
    let endpoint = Endpoint::start();
    endpoint.then([Reply::status(410)]);
    let setup = Setup::new(tracker(&endpoint).lanes_at_once(1));
    setup.commit(1, 1);
    let stats = setup.wait_for("a reason", |stats| stats.blocked.is_some());
    let blocked = stats.blocked.expect("a reason");
    assert_eq!(blocked.reason, BlockedReason::Gone);
    for run in 0..16 {
        setup.commit(run, 1);
    }
    let within = std::time::Duration::from_millis(300);
    let report = crate::kit::block_on(setup.relay.flush(within));
    assert_eq!(report.pending(), 17);
    assert_eq!(endpoint.seen().requests().len(), 1);
    assert!(setup.relay.resume("default"));
    assert!(!setup.relay.resume("nobody"));
    assert_eq!(setup.check(&endpoint), once_each(17));
    assert_eq!(setup.stats().blocked, None);
}

#[test]
fn refused_credentials_are_asked_for_again() {
    let endpoint = Endpoint::start();
    let valid = Arc::new(Mutex::new("Bearer 1".to_owned()));
    let accepted = Arc::clone(&valid);
    endpoint.answer(move |received| {
        let given = received.header("authorization").unwrap_or_default();
        let known = *accepted.lock().expect("not poisoned") == given;
        Reply::status(if known { 200 } else { 401 })
    });
    let asked = Arc::new(AtomicUsize::new(0));
    let (source, counted) = (Arc::clone(&valid), Arc::clone(&asked));
    let credentials = move || {
        counted.fetch_add(1, Ordering::SeqCst);
        let value = source.lock().expect("not poisoned").clone();
        async move { Ok(value) }
    };
    let setup = Setup::new(tracker(&endpoint).credentials(credentials));
    for round in 1..=3 {
        for run in 0..8 {
            setup.commit(run, 1);
        }
        setup.check(&endpoint);
        let times = asked.load(Ordering::SeqCst);
        assert_eq!(times, round, "a value is asked for once and kept");
        *valid.lock().expect("not poisoned") = format!("Bearer {}", round + 1);
    }
    assert_eq!(setup.check(&endpoint), once_each(24));
    let stats = setup.stats();
    assert_eq!((stats.requests.blocked_auth, stats.blocked), (0, None));
}

#[test]
fn without_credentials_nothing_is_sent_and_everything_is_kept() {
    let endpoint = Endpoint::start();
    let fails = Arc::new(AtomicUsize::new(3));
    let left = Arc::clone(&fails);
    let credentials = move || {
        let fails = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        });
        async move {
            match fails {
                Ok(_) => Err("the vault is sealed".to_owned()),
                Err(_) => Ok("Bearer 1".to_owned()),
            }
        }
    };
    let setup = Setup::new(tracker(&endpoint).credentials(credentials));
    setup.commit(1, 2);
    let stats = setup.wait_for("a reason", |stats| stats.blocked.is_some());
    let blocked = stats.blocked.expect("a reason");
    assert_eq!(blocked.reason, BlockedReason::Auth);
    let found = "the credential source failed: the vault is sealed";
    assert_eq!(blocked.detail, found);
    assert_eq!(setup.check(&endpoint), once_each(2));
    assert_eq!(setup.stats().requests.blocked_auth, 3);
}

#[test]
fn an_answer_without_end_is_read_no_further_than_it_must_be() {
    let endpoint = Endpoint::start();
    endpoint.then([
        Reply::endless_body(200),
        Reply::endless_body(503),
        Reply::endless_head(),
        Reply::endless_head(),
    ]);
    let setup = Setup::new(tracker(&endpoint));
    setup.commit(1, 1);
    setup.commit(2, 1);
    assert_eq!(setup.check(&endpoint), once_each(2));
    let sent = endpoint.seen().most_bytes_answered();
    // What a socket's buffers hold, and what is read of it.
    assert!(sent < 16 << 20, "{sent} bytes were taken");
}
