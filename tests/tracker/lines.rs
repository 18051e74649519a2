//! What the program's own log says: little, at the right moments, and no secret.

use std::sync::Arc;

use tracing::Level;
use workflow_tests::endpoint::{Endpoint, Reply};
use workflow_tests::lines::{keep, with};
use workflow_tracker::HttpTracker;

use crate::kit::{Setup, eventually, once_each, quick, tracker};

/// The lines of the relay about one tracker.
fn lines(tracker: &str) -> Vec<String> {
    with(&[" workflow_tracker ", &format!("tracker=\"{tracker}\"")])
}

#[test]
fn an_outage_is_one_warning_and_one_line_when_it_is_over() {
    keep();
    let endpoint = Endpoint::closed();
    let setup = Setup::new(tracker(&endpoint).name("outage"));
    for run in 0..20 {
        setup.commit(run, 2);
    }
    // By then each of the sixteen lanes has had its turn.
    eventually("attempts", || {
        (setup.stats_of("outage").requests.retry >= 48).then_some(())
    });
    endpoint.open();
    let lines = eventually("two lines", || {
        Some(lines("outage")).filter(|lines| lines.len() >= 2)
    });
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[0].starts_with(Level::WARN.as_str()), "{lines:#?}");
    assert!(
        lines[0].contains("delivery fails: the endpoint cannot be reached"),
        "{lines:#?}"
    );
    assert!(lines[1].starts_with(Level::INFO.as_str()), "{lines:#?}");
    assert!(lines[1].contains("late=40"), "{lines:#?}");
    let ids = setup.log.ids();
    let seen = endpoint.wait_for("every event", |seen| seen.has_all(&ids));
    assert_eq!(seen.check(&ids), once_each(40));
}

#[test]
fn a_host_whose_name_nobody_knows_is_looked_up_again_and_everything_is_kept() {
    keep();
    // Names under `.invalid` are reserved: no resolver, with a network or without, knows one.
    let nobody = HttpTracker::allow_http("http://user:s3cret@nobody.invalid/in?key=s3cret");
    let nobody = nobody.expect("a good url").pace(quick()).name("lost");
    let setup = Setup::with(Arc::default(), [nobody]);
    setup.commit(1, 3);
    let stats = eventually("lookups", || {
        Some(setup.stats_of("lost")).filter(|stats| stats.requests.retry >= 3)
    });
    assert_eq!((stats.account.pending, stats.blocked), (3, None));
    let lines = lines("lost");
    let [line] = lines.as_slice() else {
        panic!("one line, not {lines:#?}");
    };
    let expected = "delivery fails: the endpoint cannot be reached: ";
    assert!(line.contains(expected), "{line}");
    assert!(
        !line.contains("s3cret") && !line.contains("invalid"),
        "{line}"
    );
    let log = Arc::clone(&setup.log);
    drop(setup);
    let endpoint = Endpoint::start();
    let found = Setup::with(Arc::clone(&log), [tracker(&endpoint).name("lost")]);
    let seen = endpoint.wait_for("every event", |seen| seen.has_all(&log.ids()));
    assert_eq!(seen.check(&log.ids()), once_each(3));
    drop(found);
}

#[test]
fn an_endpoint_that_comes_and_goes_has_one_line_a_minute_of_each_kind() {
    keep();
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint).name("flapping"));
    for _ in 0..5 {
        endpoint.then([Reply::status(503)]);
        setup.commit(1, 1);
        eventually("delivery", || {
            (setup.stats_of("flapping").account.pending == 0).then_some(())
        });
    }
    assert_eq!(setup.stats_of("flapping").requests.retry, 5);
    let lines = lines("flapping");
    let [failing, recovered] = lines.as_slice() else {
        panic!("two lines, not {lines:#?}");
    };
    assert!(failing.contains("the endpoint answered 503"), "{failing}");
    assert!(recovered.contains("late=1"), "{recovered}");
}

#[test]
fn what_waits_for_somebody_and_what_is_put_aside_is_told() {
    keep();
    let endpoint = Endpoint::start();
    endpoint.then([Reply::status(401)]);
    let setup = Setup::new(tracker(&endpoint).name("told"));
    setup.log.append(1, 2);
    let poison = setup.log.ids()[0];
    endpoint.answer(move |received| {
        let mut events = received.events.iter();
        let guilty = events.any(|event| event.event_id == poison && !event.tombstone);
        Reply::status(if guilty { 400 } else { 200 })
    });
    setup.commit(1, 1);
    eventually("the end", || {
        (setup.stats_of("told").account.pending == 0).then_some(())
    });
    let lines = eventually("three lines", || {
        Some(lines("told")).filter(|lines| lines.len() >= 3)
    });
    let told = [
        ("WARN", "delivery is blocked: the endpoint answered 401"),
        (
            "WARN",
            "an event is put aside as a dead letter: the endpoint answered 400",
        ),
        ("INFO", "delivery works again"),
    ];
    for (level, words) in told {
        let found = lines.iter().filter(|line| line.contains(words));
        let found: Vec<_> = found.collect();
        assert_eq!(found.len(), 1, "{words} in {lines:#?}");
        assert!(found[0].starts_with(level), "{lines:#?}");
    }
    assert_eq!(lines.len(), 3, "{lines:#?}");
}

#[test]
fn no_line_and_no_reason_holds_a_secret() {
    keep();
    let endpoint = Endpoint::start();
    endpoint.then([
        Reply::close(),
        Reply::garbage(),
        Reply::hang(),
        Reply::status(401),
    ]);
    let with_user = endpoint
        .url()
        .replace("127.0.0.1", "us3r:pa55word@127.0.0.1");
    let secret = HttpTracker::new(&format!("{with_user}?key=qu3ry"))
        .and_then(|tracker| tracker.header("x-api-key", "h3ader"))
        .expect("a good configuration")
        .timeout(std::time::Duration::from_millis(100))
        .pace(quick())
        .name("secretive");
    let setup = Setup::with(std::sync::Arc::default(), [secret]);
    setup.commit(1, 1);
    let reason = eventually("the refusal", || setup.stats_of("secretive").blocked);
    let ids = setup.log.ids();
    endpoint.wait_for("the event", |seen| seen.has_all(&ids));
    let seen = endpoint.seen();
    let request = &seen.requests()[0];
    assert_eq!(request.request_line, "POST /events?key=qu3ry HTTP/1.1");
    assert!(
        request
            .header("authorization")
            .is_some_and(|value| value.starts_with("Basic "))
    );
    endpoint.close();
    setup.commit(1, 1);
    eventually("a refused connection", || {
        (setup.stats_of("secretive").requests.retry > 3).then_some(())
    });
    let said = format!("{reason:?} {:?} {:?}", lines("secretive"), setup.relay);
    assert!(said.contains("secretive"), "{said}");
    for secret in ["us3r", "pa55word", "qu3ry", "h3ader", "Basic"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}
