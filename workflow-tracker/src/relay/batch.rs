//! Events cut to the size of one request, with the request that carries them.

use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

#[cfg(feature = "http")]
use crate::gzip;
#[cfg(feature = "http")]
pub(crate) use crate::gzip::Press;
use crate::sift::{Portion, Sent};
use crate::squeeze::Pressed;
use crate::transport::Request;
use crate::{Compression, Encoded, Form, LoggedEvent, Timestamp, Tracker};

/// Nothing compresses where nothing speaks HTTP.
#[cfg(not(feature = "http"))]
pub(crate) type Press = std::convert::Infallible;

/// What compresses the requests of one tracker.
pub(crate) fn press() -> Option<Press> {
    #[cfg(feature = "http")]
    let press = Some(Press::default());
    #[cfg(not(feature = "http"))]
    let press = None;
    press
}

/// Events of one lane on their way, encoded once: every repeat is the same bytes.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) request: Request,
    pub(crate) sent: Sent,
    pub(crate) pressed: Pressed,
    /// When the first event was recorded.
    pub(crate) oldest: Timestamp,
    /// When the last event was recorded.
    pub(crate) newest: Timestamp,
    repeats: AtomicBool,
}

impl Batch {
    /// The longest batch from the beginning of `events` that is not too large, and at least one
    /// event; nothing where there are none. Without a press it is not compressed.
    pub(crate) fn cut(
        tracker: &dyn Tracker,
        events: &[LoggedEvent],
        portion: Portion,
        press: Option<&Press>,
    ) -> Option<Self> {
        let pace = tracker.pace();
        let mut taken = &events[..events.len().min(pace.batch_events_max)];
        let (first, _) = taken.split_first()?;
        let encoded = loop {
            let encoded = tracker.encoder().encode(tracker.origin(), taken);
            if taken.len() == 1 || encoded.body.len() <= pace.batch_bytes_max {
                break encoded;
            }
            taken = &taken[..shorter(taken.len(), encoded.body.len(), pace.batch_bytes_max)];
        };
        let last = taken.last().unwrap_or(first);
        let (last, newest) = (last.pos, last.recorded_at);
        let (request, pressed) = request(tracker.compression(), press, encoded, taken);
        Some(Self {
            sent: Sent {
                portion,
                events: taken.len(),
                last,
            },
            request,
            pressed,
            oldest: first.recorded_at,
            newest,
            repeats: AtomicBool::new(false),
        })
    }

    /// Notes that it is sent now, and says whether it was before.
    pub(crate) fn is_repeat(&self) -> bool {
        self.repeats.swap(true, Ordering::Relaxed)
    }
}

/// How many of `events` fit where all of them take `bytes`, if they are of one size; always fewer
/// than all, and at least one.
fn shorter(events: usize, bytes: usize, bytes_max: usize) -> usize {
    let fitting = events.saturating_mul(bytes_max) / bytes.max(1);
    fitting.clamp(1, events - 1)
}

fn request(
    compression: Compression,
    #[cfg_attr(
        not(feature = "http"),
        expect(unused_variables, reason = "http compresses")
    )]
    press: Option<&Press>,
    encoded: Encoded,
    events: &[LoggedEvent],
) -> (Request, Pressed) {
    let key = idempotency_key(events);
    let body = encoded.body.into();
    let plain = Request::new(encoded.content_type, body, key, events.len());
    match compression {
        Compression::Off => (plain, Pressed::Small),
        #[cfg(feature = "http")]
        Compression::Gzip if plain.body.len() <= gzip::LARGE => (plain, Pressed::Small),
        #[cfg(feature = "http")]
        Compression::Gzip => match press {
            None => (plain, Pressed::Plain),
            Some(press) => {
                let compressed = Request {
                    content_encoding: Some(gzip::NAME),
                    body: press.compressed(&plain.body),
                    ..plain
                };
                (compressed, Pressed::Compressed)
            }
        },
    }
}

/// SHA-256, in hexadecimal, of the ids of the events one after the other, 16 bytes each.
///
/// An event that is not whole counts with its fields too: it is another request than the one that
/// was refused, and an endpoint that remembers keys must not take it for that.
fn idempotency_key(events: &[LoggedEvent]) -> String {
    let mut digest = Sha256::new();
    for event in events {
        digest.update(event.event_id.as_bytes());
        if event.form != Form::Whole {
            digest.update(event.fields.as_bytes());
        }
    }
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
    let mut key = String::with_capacity(64);
    for byte in digest.finalize() {
        key.push(digit(byte >> 4));
        key.push(digit(byte & 15));
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::{Fault, Transport};
    use crate::{Encoder, EventType, Native, Origin, Pace};
    use uuid::Uuid;

    #[derive(Debug)]
    struct Sized(Pace, Origin);

    impl Tracker for Sized {
        fn name(&self) -> &'static str {
            "sized"
        }
        fn origin(&self) -> &Origin {
            &self.1
        }
        fn encoder(&self) -> &dyn Encoder {
            &Native
        }
        fn pace(&self) -> Pace {
            self.0
        }
        fn connect(&self) -> Result<Box<dyn Transport>, Fault> {
            unreachable!("nothing is sent here")
        }
    }

    fn events(sizes: &[usize]) -> Vec<LoggedEvent> {
        let event = |(index, size): (usize, &usize)| LoggedEvent {
            lane: 0,
            pos: 10 + index as u64,
            event_id: Uuid::from_u128(index as u128),
            run_id: Uuid::nil(),
            seq: 1,
            event_type: EventType::WorkflowStarted,
            occurred_at: Timestamp::default(),
            recorded_at: Timestamp::from_millis(5),
            workflow_name: "w".into(),
            user_id: None,
            fingerprint: None,
            fields: format!(r#"{{"reason":"{}"}}"#, "x".repeat(*size)),
            audience: crate::Audience::All,
            payload: None,
            form: Form::Whole,
        };
        sizes.iter().enumerate().map(event).collect()
    }

    /// How many of the events go into one batch of at most 10 events and 4,000 bytes.
    fn taken(sizes: &[usize]) -> Option<usize> {
        let pace = Pace::default().batch_events_max(10).batch_bytes_max(4_000);
        let tracker = Sized(pace, Origin::default());
        let batch = Batch::cut(&tracker, &events(sizes), Portion::Next(10), None)?;
        let events = batch.request.events;
        assert_eq!(batch.sent.events, events);
        assert_eq!(batch.sent.last, 9 + events as u64);
        assert!(events == 1 || batch.request.body.len() <= 4_000);
        Some(events)
    }

    #[test]
    fn a_batch_keeps_both_limits_but_holds_at_least_one_event() {
        assert_eq!(taken(&[]), None);
        assert_eq!(taken(&[1; 5]), Some(5));
        assert_eq!(taken(&[1; 50]), Some(10));
        assert_eq!(taken(&[1_000; 5]), Some(2));
        assert_eq!(taken(&[9_000, 1]), Some(1));
        assert_eq!(taken(&[1, 9_000]), Some(1));
    }

    #[test]
    fn the_idempotency_key_follows_from_the_ids_alone() {
        let key = idempotency_key(&events(&[1, 2]));
        assert_eq!(key, idempotency_key(&events(&[3, 4])));
        assert_ne!(key, idempotency_key(&events(&[1])));
        let tombstone = events(&[1, 2]).remove(0).tombstone("no");
        assert_ne!(
            idempotency_key(&[tombstone]),
            idempotency_key(&events(&[1]))
        );
        assert_eq!(
            idempotency_key(&[]),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
