//! A tracker shows no secret.

use crate::HttpTracker;

#[test]
fn secrets_are_in_no_debug_output() {
    let tracker = HttpTracker::new("https://user:pa55word@example.com/in?token=qu3ry#fr4gment")
        .and_then(|tracker| tracker.header("x-api-key", "h3ader"))
        .and_then(|tracker| tracker.bearer("t0ken"))
        .expect("a good configuration");
    let debug = format!("{tracker:?}");
    for secret in ["user", "pa55word", "qu3ry", "fr4gment", "h3ader", "t0ken"] {
        assert!(!debug.contains(secret), "{secret} in {debug}");
    }
    assert!(debug.contains("https://example.com/in"), "{debug}");
    assert!(debug.contains("x-api-key"), "{debug}");
}

#[test]
fn a_header_is_kept_once() {
    let tracker = HttpTracker::new("http://localhost/")
        .and_then(|tracker| tracker.header("X-Team", "one"))
        .and_then(|tracker| tracker.header("x-team", "two"))
        .expect("a good configuration");
    assert_eq!(tracker.headers.len(), 1);
    assert_eq!(tracker.headers["x-team"], "two");
}
