//! The headers that a user may add.

use reqwest::header::{self, HeaderName, HeaderValue};

use super::TrackerError;

/// Names the digest of the event ids.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Names the number of events.
pub(super) const EVENT_COUNT: HeaderName = HeaderName::from_static("x-tracker-event-count");

/// What the tracker, or HTTP itself, decides about.
const TAKEN: [HeaderName; 8] = [
    IDEMPOTENCY_KEY,
    EVENT_COUNT,
    header::USER_AGENT,
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
    header::CONTENT_ENCODING,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
];

/// A header that can be sent. Its value counts as a secret: nobody knows which ones are.
pub(super) fn checked(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), TrackerError> {
    let refused = name.to_owned();
    let Ok(name) = HeaderName::try_from(name) else {
        return Err(TrackerError::HeaderName { name: refused });
    };
    if TAKEN.contains(&name) {
        return Err(TrackerError::HeaderTaken { name: refused });
    }
    let Ok(mut value) = HeaderValue::try_from(value) else {
        return Err(TrackerError::HeaderValue { name: refused });
    };
    value.set_sensitive(true);
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(name: &str, value: &str) -> String {
        let refused = checked(name, value).expect_err("a bad header");
        refused.to_string()
    }

    #[test]
    fn values_are_sensitive() {
        let (name, value) = checked("X-Api-Key", "s3cret").expect("a good header");
        assert_eq!(name, "x-api-key");
        assert!(value.is_sensitive());
        assert_eq!(format!("{value:?}"), "Sensitive");
    }

    #[test]
    fn bad_headers_are_refused_without_showing_the_value() {
        assert!(refusal("x y", "v").contains("`x y` is no name of a header"));
        assert!(refusal("", "v").contains("is no name"));
        let message = refusal("x-key", "s3cret\r\nx-evil: 1");
        assert!(message.contains("line break"), "{message}");
        assert!(!message.contains("s3cret"), "{message}");
    }

    #[test]
    fn what_the_tracker_sets_cannot_be_set() {
        for name in ["Content-Type", "idempotency-key", "X-Tracker-Event-Count"] {
            assert!(
                refusal(name, "v").contains("by the tracker itself"),
                "{name}"
            );
        }
    }
}
