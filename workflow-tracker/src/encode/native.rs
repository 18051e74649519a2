//! The native format: `{"events":[…]}`, each event one flat JSON object.

use uuid::Uuid;

use crate::{Encoded, Encoder, Form, LoggedEvent, Origin, Timestamp};

/// What an envelope takes at most without its names and own fields; only a first guess of a size.
const ENVELOPE_BYTES: usize = 512;

/// The length of `2023-11-14T22:13:20.123Z`.
const INSTANT_BYTES: usize = 24;

/// Why writing does not fail.
const WRITES: &str = "a string or a number into memory cannot fail";

/// The native format, which trackers speak by default: `application/json`, a body of exactly
/// `{"events":[…]}`, every event a flat object with the envelope's fields first.
///
/// The event's own fields are copied as the log holds them, without being parsed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Native;

impl Encoder for Native {
    fn encode(&self, origin: &Origin, events: &[LoggedEvent]) -> Encoded {
        let own: usize = events.iter().map(|event| event.fields.len()).sum();
        let mut writer = Writer {
            body: Vec::with_capacity(own + events.len() * ENVELOPE_BYTES + 16),
            second: Second::default(),
        };
        let origin = origin_fields(origin);
        writer.plain("{\"events\":[");
        for (index, event) in events.iter().enumerate() {
            if index > 0 {
                writer.plain(",");
            }
            writer.event(&origin, event);
        }
        writer.plain("]}");
        Encoded::new("application/json", writer.body)
    }
}

/// What is the same in every event of a tracker, written once.
fn origin_fields(origin: &Origin) -> String {
    let json = |text: &str| serde_json::to_string(text).expect(WRITES);
    format!(
        ",\"env\":{},\"serviceKey\":{}",
        json(&origin.env),
        json(&origin.service_key)
    )
}

/// Writes JSON text. It is handed names and punctuation as they are to be written, because most
/// of an event is the same in every event.
struct Writer {
    body: Vec<u8>,
    second: Second,
}

impl Writer {
    fn event(&mut self, origin: &str, event: &LoggedEvent) {
        self.plain("{\"specVersion\":1,\"eventId\":");
        self.id(event.event_id);
        self.plain(",\"runId\":");
        self.id(event.run_id);
        self.plain(",\"seq\":");
        self.number(event.seq);
        self.plain(",\"type\":\"");
        self.plain(event.event_type.as_str());
        self.plain("\",\"timestamp\":");
        self.instant(event.occurred_at);
        self.plain(",\"recordedAt\":");
        self.instant(event.recorded_at);
        self.plain(",\"source\":\"workflow\",\"workflowId\":");
        match &event.user_id {
            Some(user_id) => self.text(user_id),
            None => self.id(event.run_id),
        }
        self.plain(",\"workflowName\":");
        self.text(&event.workflow_name);
        self.optional(",\"executionId\":", event.user_id.as_deref());
        self.plain(origin);
        self.optional(",\"version\":", event.fingerprint.as_deref());
        self.plain(match event.form {
            Form::Whole => "",
            Form::Truncated => ",\"truncated\":true",
            Form::Tombstone => ",\"tombstone\":true",
        });
        self.own_fields(&event.fields);
        self.plain("}");
    }

    /// Text that is JSON already.
    fn plain(&mut self, text: &str) {
        self.body.extend_from_slice(text.as_bytes());
    }

    /// A value that may hold anything and is escaped.
    fn text(&mut self, value: &str) {
        serde_json::to_writer(&mut self.body, value).expect(WRITES);
    }

    fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.plain(name);
            self.text(value);
        }
    }

    fn id(&mut self, value: Uuid) {
        let mut buffer = Uuid::encode_buffer();
        self.plain("\"");
        self.plain(value.hyphenated().encode_lower(&mut buffer));
        self.plain("\"");
    }

    fn number(&mut self, value: u64) {
        serde_json::to_writer(&mut self.body, &value).expect(WRITES);
    }

    fn instant(&mut self, value: Timestamp) {
        self.plain("\"");
        self.body.extend_from_slice(&self.second.text_of(value));
        self.plain("\"");
    }

    /// The inside of the object that the log holds.
    fn own_fields(&mut self, fields: &str) {
        let object = fields.trim().strip_prefix('{');
        let inside = object.and_then(|rest| rest.strip_suffix('}'));
        let inside = inside.unwrap_or_default().trim();
        if !inside.is_empty() {
            self.plain(",");
            self.plain(inside);
        }
    }
}

/// The second that was written last, as text: the next instant mostly lies in the same one.
#[derive(Default)]
struct Second {
    number: Option<u64>,
    text: [u8; INSTANT_BYTES],
}

impl Second {
    fn text_of(&mut self, instant: Timestamp) -> [u8; INSTANT_BYTES] {
        let (number, millis) = (instant.as_millis() / 1_000, instant.as_millis() % 1_000);
        if self.number != Some(number) {
            let text = Timestamp::from_millis(number * 1_000).to_string();
            let text = text.as_bytes().try_into();
            self.text = text.expect("years have four digits, so all instants are of one length");
            self.number = Some(number);
        }
        let mut text = self.text;
        for (place, power) in (INSTANT_BYTES - 4..).zip([100, 10, 1]) {
            text[place] = b"0123456789"[usize::try_from(millis / power % 10).unwrap_or(0)];
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Event, EventType, events};

    fn event(user_id: Option<&str>, event: &Event) -> LoggedEvent {
        LoggedEvent {
            lane: 3,
            pos: 7,
            event_id: Uuid::from_u128(1),
            run_id: Uuid::from_u128(2),
            seq: 5,
            event_type: event.event_type(),
            occurred_at: Timestamp::from_millis(1_700_000_000_123),
            recorded_at: Timestamp::from_millis(1_700_000_000_456),
            workflow_name: "checkout".to_owned(),
            user_id: user_id.map(str::to_owned),
            fingerprint: user_id.map(|_| "f00d".to_owned()),
            fields: event.to_fields(),
            audience: crate::Audience::All,
            payload: None,
            form: Form::Whole,
        }
    }

    fn encoded(events: &[LoggedEvent]) -> String {
        let encoded = Native.encode(&Origin::new("production", "shop"), events);
        assert_eq!(encoded.content_type, "application/json");
        String::from_utf8(encoded.body).expect("text")
    }

    #[test]
    fn envelope_comes_first_and_own_fields_follow() {
        let step = events::StepStarted {
            step_name: "charge".to_owned(),
            attempt: 2,
            site: "src/shop.rs:10".to_owned(),
            ..Default::default()
        };
        assert_eq!(
            encoded(&[event(Some("order-1042"), &step.into())]),
            concat!(
                r#"{"events":[{"specVersion":1,"eventId":"00000000-0000-0000-0000-000000000001","#,
                r#""runId":"00000000-0000-0000-0000-000000000002","seq":5,"type":"step.started","#,
                r#""timestamp":"2023-11-14T22:13:20.123Z","recordedAt":"2023-11-14T22:13:20.456Z","#,
                r#""source":"workflow","workflowId":"order-1042","workflowName":"checkout","#,
                r#""executionId":"order-1042","env":"production","serviceKey":"shop","#,
                r#""version":"f00d","stepName":"charge","attempt":2,"site":"src/shop.rs:10"}]}"#,
            )
        );
    }

    #[test]
    fn absent_fields_are_left_out_and_the_run_id_names_the_workflow() {
        let started = Event::from(events::WorkflowStarted::default());
        assert_eq!(
            encoded(&[event(None, &started)]),
            concat!(
                r#"{"events":[{"specVersion":1,"eventId":"00000000-0000-0000-0000-000000000001","#,
                r#""runId":"00000000-0000-0000-0000-000000000002","seq":5,"type":"workflow.started","#,
                r#""timestamp":"2023-11-14T22:13:20.123Z","recordedAt":"2023-11-14T22:13:20.456Z","#,
                r#""source":"workflow","workflowId":"00000000-0000-0000-0000-000000000002","#,
                r#""workflowName":"checkout","env":"production","serviceKey":"shop"}]}"#,
            )
        );
    }

    #[test]
    fn what_is_not_whole_says_so_in_the_envelope() {
        let started = Event::from(events::WorkflowStarted::default());
        let whole = event(None, &started);
        let ending = |event: LoggedEvent| {
            let text = encoded(&[event]);
            let end = text
                .find("\"serviceKey\"")
                .expect("the end of the envelope");
            text[end..].to_owned()
        };
        assert_eq!(ending(whole.clone()), r#""serviceKey":"shop"}]}"#);
        assert_eq!(
            ending(whole.tombstone("no")),
            r#""serviceKey":"shop","tombstone":true,"reason":"no"}]}"#
        );
        let truncated = LoggedEvent {
            form: Form::Truncated,
            ..whole
        };
        assert_eq!(
            ending(truncated),
            r#""serviceKey":"shop","truncated":true}]}"#
        );
    }

    #[test]
    fn instants_are_written_as_everywhere_else() {
        let mut second = Second::default();
        for millis in [
            0,
            999,
            1_000,
            1_700_000_000_123,
            1_700_000_000_120,
            u64::MAX,
        ] {
            let instant = Timestamp::from_millis(millis);
            assert_eq!(second.text_of(instant), instant.to_string().as_bytes());
        }
    }

    #[test]
    fn no_events_are_an_empty_list() {
        assert_eq!(encoded(&[]), r#"{"events":[]}"#);
    }

    #[test]
    fn every_type_and_every_character_gives_json() {
        let awkward = "\"quoted\" \\ \u{0} \n \u{1f980} </script>";
        let all: Vec<LoggedEvent> = EventType::ALL
            .iter()
            .map(|event_type| LoggedEvent {
                event_type: *event_type,
                workflow_name: awkward.to_owned(),
                fields: serde_json::json!({ "name": awkward }).to_string(),
                ..event(Some(awkward), &events::WorkflowStarted::default().into())
            })
            .collect();
        let body: serde_json::Value = serde_json::from_str(&encoded(&all)).expect("json");
        let written = body["events"].as_array().expect("a list");
        assert_eq!(written.len(), EventType::ALL.len());
        for (event, event_type) in written.iter().zip(EventType::ALL) {
            assert_eq!(event["type"], event_type.as_str());
            assert_eq!(event["workflowId"], awkward);
            assert_eq!(event["executionId"], awkward);
            assert_eq!(event["name"], awkward);
        }
    }
}
