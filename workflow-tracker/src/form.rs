//! How much of an event is sent: all of it, or what an endpoint that refuses it may still take.

use serde_json::{Map, Value, json};

use crate::LoggedEvent;
use crate::capture::VALUES;

/// How long a text can be that is left in a truncated event.
const TEXT_BYTES_MAX: usize = 1_024;

/// How much of an event is sent.
///
/// An event is sent whole. Only where an endpoint refuses one event alone does the relay try to
/// send less of it, so that the run's order keeps no hole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Form {
    /// All of it.
    #[default]
    Whole,
    /// The endpoint found the event too large alone: payloads are replaced by
    /// `{"$truncated":true,"bytes":n}`, long texts are cut, long lists are emptied.
    Truncated,
    /// The endpoint refuses the event's content: ids, place, type and times are left, and the
    /// field `reason` says why. The event itself is put aside as a dead letter.
    Tombstone,
}

impl LoggedEvent {
    /// The same event without what can be large, as an encoder is given it after the endpoint
    /// found the whole too large; nothing where there is nothing to leave out.
    pub fn truncated(&self) -> Option<Self> {
        let fields: Map<String, Value> = serde_json::from_str(&self.fields).unwrap_or_default();
        let mut cut = fields.clone();
        for (name, value) in &mut cut {
            if VALUES.contains(&name.as_str()) {
                *value = stub(value.to_string().len());
            } else {
                shorten(value);
            }
        }
        let changed = cut != fields || self.payload.is_some();
        changed.then(|| Self {
            fields: Value::Object(cut).to_string(),
            payload: self
                .payload
                .as_ref()
                .map(|payload| stub(payload.len()).to_string().into_bytes()),
            form: Form::Truncated,
            ..self.clone()
        })
    }

    /// What stands in the event's place where its content is refused, as an encoder is given it.
    #[must_use]
    pub fn tombstone(&self, reason: &str) -> Self {
        Self {
            fields: json!({ "reason": reason }).to_string(),
            payload: None,
            form: Form::Tombstone,
            ..self.clone()
        }
    }
}

fn stub(bytes: usize) -> Value {
    json!({ "$truncated": true, "bytes": bytes })
}

/// Cuts long texts and empties long lists, so that every field keeps its type.
fn shorten(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > TEXT_BYTES_MAX => {
            let mut end = TEXT_BYTES_MAX;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
            text.push('…');
        }
        Value::Array(list) if size(list) > TEXT_BYTES_MAX => list.clear(),
        Value::Object(fields) => fields.values_mut().for_each(shorten),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {}
    }
}

fn size(list: &[Value]) -> usize {
    list.iter().map(|value| value.to_string().len()).sum()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{EventType, Timestamp};

    fn event(fields: &Value) -> LoggedEvent {
        LoggedEvent {
            lane: 0,
            pos: 1,
            event_id: Uuid::nil(),
            run_id: Uuid::nil(),
            seq: 1,
            event_type: EventType::StepFailed,
            occurred_at: Timestamp::default(),
            recorded_at: Timestamp::default(),
            workflow_name: "w".into(),
            user_id: None,
            fingerprint: None,
            fields: fields.to_string(),
            audience: crate::Audience::All,
            payload: None,
            form: Form::Whole,
        }
    }

    fn fields(event: &LoggedEvent) -> Value {
        serde_json::from_str(&event.fields).expect("an object")
    }

    #[test]
    fn a_truncated_event_keeps_its_names_and_types() {
        let long = "ä".repeat(2_000);
        let whole = event(&json!({
            "stepName": "charge", "attempt": 2, "output": [1, 2, 3],
            "error": { "message": long, "stack": "short", "chain": [long] },
            "completedSteps": ["a", "b"],
        }));
        let truncated = whole.truncated().expect("something to leave out");
        let cut = format!("{}…", "ä".repeat(512));
        assert_eq!(
            fields(&truncated),
            json!({
                "stepName": "charge", "attempt": 2, "output": { "$truncated": true, "bytes": 7 },
                "error": { "message": cut, "stack": "short", "chain": [] },
                "completedSteps": ["a", "b"],
            })
        );
        assert_eq!(truncated.form, Form::Truncated);
        assert_eq!(truncated.event_id, whole.event_id);
    }

    #[test]
    fn an_event_without_anything_large_is_not_truncated() {
        let small = event(&json!({ "stepName": "charge", "attempt": 1 }));
        assert_eq!(small.truncated(), None);
        let with_payload = LoggedEvent {
            payload: Some(b"[1,2]".to_vec()),
            ..small
        };
        let truncated = with_payload.truncated().expect("a payload to leave out");
        let payload = truncated.payload.expect("a stub");
        assert_eq!(payload, br#"{"$truncated":true,"bytes":5}"#);
    }

    #[test]
    fn a_tombstone_holds_the_reason_and_nothing_of_the_event() {
        let whole = event(&json!({ "stepName": "charge", "output": "s3cret" }));
        let tombstone = whole.tombstone("the endpoint answered 400");
        assert_eq!(
            fields(&tombstone),
            json!({ "reason": "the endpoint answered 400" })
        );
        assert_eq!((tombstone.form, tombstone.seq), (Form::Tombstone, 1));
    }
}
