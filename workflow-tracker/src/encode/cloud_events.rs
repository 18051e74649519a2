//! The `CloudEvents` format: a JSON array of events with the attributes of version 1.0.

use std::fmt::Write as _;

use super::native::mark;
use super::writer::{Writer, json};
use crate::capture::member;
use crate::{Encoded, Encoder, LoggedEvent, Origin};

/// `CloudEvents` 1.0 in batches: `application/cloudevents-batch+json`, a body that is an array.
///
/// | attribute | holds |
/// | --- | --- |
/// | `id` | the event's id |
/// | `source` | `/{env}/{serviceKey}/workflows/{workflowName}/runs/{runId}`, percent-encoded |
/// | `type` | the prefix, the event's type, `.v1`: `com.example.step.completed.v1` |
/// | `subject` | the step's name where the event is about one, else the workflow id |
/// | `time`, `recordedtime` | when it occurred, when it was committed |
/// | `sequence` | `seq` as 20 digits: within a run, texts sort as numbers |
/// | `partitionkey` | the run's id |
/// | `correlationid` | the workflow id |
/// | `data` | all other fields of the native format |
///
/// ```
/// use workflow_tracker::{CloudEvents, HttpTracker};
///
/// # fn main() -> Result<(), workflow_tracker::TrackerError> {
/// let tracker = HttpTracker::new("https://events.example.com/ingest")?
///     .encoder(CloudEvents::new("com.example.shop"));
/// # let _ = tracker;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudEvents {
    prefix: String,
}

impl CloudEvents {
    /// The format with types that begin with this prefix: a domain of yours, reversed.
    pub fn new(prefix: impl Into<String>) -> Self {
        let mut prefix: String = prefix.into();
        prefix.truncate(prefix.trim_end_matches('.').len());
        if !prefix.is_empty() {
            prefix.push('.');
        }
        Self { prefix }
    }
}

impl Encoder for CloudEvents {
    fn encode(&self, origin: &Origin, events: &[LoggedEvent]) -> Encoded {
        let mut writer = Writer::with_room_for(events);
        let place = Place {
            prefix: attribute(&self.prefix),
            source: format!("/{}/{}", segment(&origin.env), segment(&origin.service_key)),
            env: json(&origin.env),
            service_key: json(&origin.service_key),
        };
        writer.plain("[");
        for (index, event) in events.iter().enumerate() {
            if index > 0 {
                writer.plain(",");
            }
            place.write(&mut writer, event);
        }
        writer.plain("]");
        Encoded::new("application/cloudevents-batch+json", writer.into_body())
    }
}

/// What is the same in every event of a tracker, made once.
struct Place {
    prefix: String,
    source: String,
    env: String,
    service_key: String,
}

impl Place {
    fn write(&self, writer: &mut Writer, event: &LoggedEvent) {
        let run_id = event.run_id.to_string();
        let workflow_id = attribute(event.user_id.as_deref().unwrap_or(&run_id));
        writer.plain("{\"specversion\":\"1.0\",\"id\":");
        writer.id(event.event_id);
        writer.plain(",\"source\":");
        let workflow = segment(&event.workflow_name);
        writer.text(&format!(
            "{}/workflows/{workflow}/runs/{run_id}",
            self.source
        ));
        writer.plain(",\"type\":");
        writer.text(&format!("{}{}.v1", self.prefix, event.event_type.as_str()));
        writer.plain(",\"subject\":");
        writer.text(&step_name(event).unwrap_or_else(|| workflow_id.clone()));
        writer.plain(",\"time\":");
        writer.instant(event.occurred_at);
        writer.plain(",\"recordedtime\":");
        writer.instant(event.recorded_at);
        writer.plain(&format!(",\"sequence\":\"{:020}\"", event.seq));
        writer.plain(",\"partitionkey\":");
        writer.text(&run_id);
        writer.plain(",\"correlationid\":");
        writer.text(&workflow_id);
        writer.plain(",\"datacontenttype\":\"application/json\",\"data\":");
        self.write_data(writer, event);
        writer.plain("}");
    }

    /// What no attribute holds as it is.
    fn write_data(&self, writer: &mut Writer, event: &LoggedEvent) {
        writer.plain("{\"specVersion\":1,\"source\":\"workflow\",\"workflowName\":");
        writer.text(&event.workflow_name);
        writer.optional(",\"executionId\":", event.user_id.as_deref());
        writer.plain(",\"env\":");
        writer.plain(&self.env);
        writer.plain(",\"serviceKey\":");
        writer.plain(&self.service_key);
        writer.optional(",\"version\":", event.fingerprint.as_deref());
        writer.plain(mark(event.form));
        writer.own_fields(&event.fields);
        writer.plain("}");
    }
}

/// The name of the step that the event is about.
fn step_name(event: &LoggedEvent) -> Option<String> {
    let name: String = serde_json::from_str(member(&event.fields, "stepName")?).ok()?;
    Some(attribute(&name)).filter(|name| !name.is_empty())
}

/// A text as an attribute, which holds no control characters.
fn attribute(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

/// A text as a segment of a path: all but unreserved characters percent-encoded, and never
/// empty, because `//` would begin the name of a host.
fn segment(text: &str) -> String {
    if text.is_empty() {
        return "-".to_owned();
    }
    let mut segment = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            segment.push(char::from(byte));
        } else {
            let _infallible = write!(segment, "%{byte:02X}");
        }
    }
    segment
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Audience, EventType, Form, Timestamp};
    use serde_json::{Value, json};
    use uuid::Uuid;

    fn event(workflow: &str, user_id: Option<&str>, fields: &Value) -> LoggedEvent {
        LoggedEvent {
            lane: 3,
            pos: 7,
            event_id: Uuid::from_u128(1),
            run_id: Uuid::from_u128(2),
            seq: 5,
            event_type: EventType::StepCompleted,
            occurred_at: Timestamp::from_millis(1_700_000_000_123),
            recorded_at: Timestamp::from_millis(1_700_000_000_456),
            workflow_name: workflow.into(),
            user_id: user_id.map(Into::into),
            fingerprint: None,
            fields: fields.to_string(),
            audience: Audience::All,
            payload: None,
            form: Form::Whole,
        }
    }

    fn encoded(prefix: &str, origin: &Origin, event: LoggedEvent) -> Value {
        let encoded = CloudEvents::new(prefix).encode(origin, &[event]);
        assert_eq!(encoded.content_type, "application/cloudevents-batch+json");
        let mut batch: Value = serde_json::from_slice(&encoded.body).expect("JSON");
        batch[0].take()
    }

    #[test]
    fn the_source_is_a_path_whatever_the_names_hold() {
        let source = |env: &str, key: &str, workflow: &str| {
            let event = event(workflow, None, &json!({}));
            encoded("com.example", &Origin::new(env, key), event)["source"].take()
        };
        let run = "runs/00000000-0000-0000-0000-000000000002";
        assert_eq!(
            source("production", "shop", "check-out_2.0~x"),
            format!("/production/shop/workflows/check-out_2.0~x/{run}")
        );
        assert_eq!(
            source("", "a/b", "größe & co?"),
            format!("/-/a%2Fb/workflows/gr%C3%B6%C3%9Fe%20%26%20co%3F/{run}")
        );
    }

    #[test]
    fn the_subject_is_the_step_or_the_workflow_id() {
        let subject = |user_id, fields| {
            encoded("", &Origin::default(), event("w", user_id, &fields))["subject"].take()
        };
        assert_eq!(
            subject(Some("order-1"), json!({ "stepName": "a\"b" })),
            "a\"b"
        );
        assert_eq!(
            subject(Some("order-1"), json!({ "error": { "stepName": "a" } })),
            "order-1"
        );
        assert_eq!(
            subject(Some("or\nder"), json!({ "stepName": "" })),
            "or\u{fffd}der"
        );
        assert_eq!(
            subject(None, json!({})),
            "00000000-0000-0000-0000-000000000002"
        );
    }

    #[test]
    fn the_type_has_a_prefix_and_a_version() {
        for (prefix, expected) in [
            ("com.example", "com.example.step.completed.v1"),
            ("com.example..", "com.example.step.completed.v1"),
            ("", "step.completed.v1"),
        ] {
            let event = event("w", None, &json!({}));
            assert_eq!(encoded(prefix, &Origin::default(), event)["type"], expected);
        }
    }

    #[test]
    fn sequences_sort_as_texts() {
        let sequence = |seq| {
            let event = LoggedEvent {
                seq,
                ..event("w", None, &json!({}))
            };
            let mut encoded = encoded("", &Origin::default(), event);
            encoded["sequence"]
                .take()
                .as_str()
                .expect("a string")
                .to_owned()
        };
        assert_eq!(sequence(5), "00000000000000000005");
        assert!(sequence(9) < sequence(10) && sequence(10) < sequence(u64::MAX));
    }
}
