//! What the program's own log says: little, at the right moments, and no secret.

use std::fmt::{self, Write as _};
use std::sync::{Mutex, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use workflow_tests::endpoint::{Endpoint, Reply};
use workflow_tracker::HttpTracker;

use crate::kit::{Setup, eventually, once_each, quick, tracker};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps every line, of every crate and every level.
struct Keeper;

impl Subscriber for Keeper {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let (level, target) = (event.metadata().level(), event.metadata().target());
        let mut line = Line(format!("{level} {target}"));
        event.record(&mut line);
        let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(line.0);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}

fn keep_lines() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let set = tracing::subscriber::set_global_default(Keeper);
        set.expect("no other subscriber in this process");
    });
}

/// The lines of the relay about one tracker.
fn lines(tracker: &str) -> Vec<String> {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    let about = format!("tracker=\"{tracker}\"");
    let relays = lines
        .iter()
        .filter(|line| line.contains(" workflow_tracker "));
    relays
        .filter(|line| line.contains(&about))
        .cloned()
        .collect()
}

#[test]
fn an_outage_is_one_warning_and_one_line_when_it_is_over() {
    keep_lines();
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
fn no_line_and_no_reason_holds_a_secret() {
    keep_lines();
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
