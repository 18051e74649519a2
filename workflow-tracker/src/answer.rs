//! What an endpoint's answer means for the events that were sent.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::sift::Refusal;
use crate::transport::{Fault, FaultKind, ReplyHead};

/// The longest that `Retry-After` can make a tracker wait.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(60 * 60);

/// Why nothing is delivered until somebody acts. Everything is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BlockedReason {
    /// The endpoint does not take the request: its address or its settings are wrong.
    Configuration,
    /// The endpoint does not accept the credentials.
    Auth,
    /// The endpoint's certificate cannot be trusted, or no secure connection be agreed on.
    Tls,
    /// The endpoint refuses the content of everything it is asked: an event, its tombstone and
    /// another run's event. So no event is proven to be at fault, and none is put aside.
    Contract,
    /// The endpoint said that it is gone for good (410): nothing is sent until delivery is
    /// resumed, or another relay starts.
    Gone,
}

impl BlockedReason {
    /// The reason in one word: `configuration`, `auth`, `tls`, `contract` or `gone`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Auth => "auth",
            Self::Tls => "tls",
            Self::Contract => "contract",
            Self::Gone => "gone",
        }
    }

    /// What the person who reads the log can do about it.
    pub(crate) const fn way_out(self) -> &'static str {
        match self {
            Self::Configuration => "check the tracker's url and the endpoint's settings",
            Self::Auth => "check the tracker's credentials",
            Self::Tls => "check the endpoint's certificate and this machine's trusted roots",
            Self::Contract => "the endpoint refuses every event: check which format it expects",
            Self::Gone => "correct the tracker's url, or resume delivery if the endpoint is back",
        }
    }
}

impl fmt::Display for BlockedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What follows from an answer, or from its absence.
///
/// Whatever is neither an acknowledgement, nor a reason to try again soon, nor about the request's
/// content, keeps everything and blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The events are delivered.
    Acknowledged,
    /// The same request may succeed later.
    Retry {
        /// How long the endpoint asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The request's content is refused: other events may be accepted.
    Refused(Refusal),
    /// The request's encoding is not understood.
    Unsupported,
    /// The same request will be refused until something changes.
    Blocked(BlockedReason),
}

impl Answer {
    /// What an answer with this head means; `now` stands in where the answer has no `Date`.
    pub(crate) fn of_reply(head: &ReplyHead, now: SystemTime) -> Self {
        match head.status {
            200..=299 => Self::Acknowledged,
            401 | 403 | 407 => Self::Blocked(BlockedReason::Auth),
            400 | 422 => Self::Refused(Refusal::Content),
            413 => Self::Refused(Refusal::TooLarge),
            415 => Self::Unsupported,
            410 => Self::Blocked(BlockedReason::Gone),
            501 | 505 | 511 => Self::Blocked(BlockedReason::Configuration),
            408 | 409 | 423 | 424 | 425 | 429 | 500..=599 => Self::Retry {
                retry_after: retry_after(head, now),
            },
            _ => Self::Blocked(BlockedReason::Configuration),
        }
    }

    /// What it means that no answer came.
    pub(crate) fn of_fault(fault: &Fault) -> Self {
        match fault.kind {
            FaultKind::Unreachable | FaultKind::Timeout | FaultKind::Broken => {
                Self::Retry { retry_after: None }
            }
            FaultKind::Tls => Self::Blocked(BlockedReason::Tls),
            FaultKind::Credentials => Self::Blocked(BlockedReason::Auth),
            FaultKind::Configuration => Self::Blocked(BlockedReason::Configuration),
        }
    }
}

/// The time that the endpoint asks for: seconds, or the distance from the answer's own `Date` to
/// an instant. Anything else, and anything that is over already, is ignored.
fn retry_after(head: &ReplyHead, now: SystemTime) -> Option<Duration> {
    let value = head.retry_after.as_deref()?.trim();
    let asked = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are still more than the longest wait.
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        let until = httpdate::parse_http_date(value).ok()?;
        until.duration_since(date(head).unwrap_or(now)).ok()?
    };
    (!asked.is_zero()).then(|| asked.min(RETRY_AFTER_MAX))
}

fn date(head: &ReplyHead) -> Option<SystemTime> {
    httpdate::parse_http_date(head.date.as_deref()?.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(status: u16, retry_after: Option<&str>, date: Option<&str>) -> ReplyHead {
        ReplyHead {
            status,
            retry_after: retry_after.map(str::to_owned),
            date: date.map(str::to_owned),
        }
    }

    fn class(status: u16) -> &'static str {
        match Answer::of_reply(&head(status, None, None), SystemTime::UNIX_EPOCH) {
            Answer::Acknowledged => "acknowledged",
            Answer::Retry { .. } => "retry",
            Answer::Refused(Refusal::TooLarge) => "split",
            Answer::Refused(Refusal::Content) => "bisect",
            Answer::Unsupported => "unsupported",
            Answer::Blocked(reason) => reason.as_str(),
        }
    }

    #[test]
    fn every_status_has_its_class() {
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(class(status), "acknowledged", "{status}");
        }
        for status in [408, 409, 423, 424, 425, 429, 500, 502, 503, 504, 507, 599] {
            assert_eq!(class(status), "retry", "{status}");
        }
        for status in [401, 403, 407] {
            assert_eq!(class(status), "auth", "{status}");
        }
        for status in [101, 300, 301, 308, 404, 405, 451, 501, 505, 511, 999] {
            assert_eq!(class(status), "configuration", "{status}");
        }
        assert_eq!([400, 422].map(class), ["bisect", "bisect"]);
        assert_eq!([413, 415, 410].map(class), ["split", "unsupported", "gone"]);
    }

    /// The seconds that the given headers ask for; the local clock is years off on purpose.
    fn asked(retry_after: &str, date: Option<&str>) -> Option<u64> {
        let answer = Answer::of_reply(&head(429, Some(retry_after), date), SystemTime::UNIX_EPOCH);
        let Answer::Retry { retry_after } = answer else {
            panic!("429 is tried again, not {answer:?}");
        };
        retry_after.map(|asked| asked.as_secs())
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_judged_by_the_answers_own_date() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(asked("7", None), Some(7));
        assert_eq!(asked(" 7 ", None), Some(7));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:57 GMT", date), Some(20));
        assert_eq!(asked("Thu, 01 Jan 1970 00:00:09 GMT", None), Some(9));
    }

    #[test]
    fn retry_after_is_at_most_an_hour() {
        assert_eq!(asked("3601", None), Some(3_600));
        assert_eq!(asked("99999999999999999999999999", None), Some(3_600));
        assert_eq!(asked("Sat, 06 Nov 2094 08:49:37 GMT", None), Some(3_600));
    }

    #[test]
    fn retry_after_that_is_junk_or_over_is_ignored() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        for junk in ["", "soon", "-5", "+5", "1.5", "1e3", "0x10", "0", "12 13"] {
            assert_eq!(asked(junk, date), None, "{junk}");
        }
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:00 GMT", date), None);
    }

    #[test]
    fn only_certificates_and_configuration_block_without_an_answer() {
        let answer = |kind| Answer::of_fault(&Fault::new(kind, "why"));
        let retry = Answer::Retry { retry_after: None };
        assert_eq!(answer(FaultKind::Unreachable), retry);
        assert_eq!(answer(FaultKind::Timeout), retry);
        assert_eq!(answer(FaultKind::Broken), retry);
        assert_eq!(answer(FaultKind::Tls), Answer::Blocked(BlockedReason::Tls));
        assert_eq!(
            answer(FaultKind::Credentials),
            Answer::Blocked(BlockedReason::Auth)
        );
        assert_eq!(
            answer(FaultKind::Configuration),
            Answer::Blocked(BlockedReason::Configuration)
        );
    }
}
