//! The native format: `{"events":[…]}`, each event one flat JSON object.

use super::writer::{Writer, json};
use crate::{Encoded, Encoder, Form, LoggedEvent, Origin};

/// The native format, which trackers speak by default: `application/json`, a body of exactly
/// `{"events":[…]}`, every event a flat object with the envelope's fields first.
///
/// The event's own fields are copied as the log holds them, without being parsed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Native;

impl Encoder for Native {
    fn encode(&self, origin: &Origin, events: &[LoggedEvent]) -> Encoded {
        let mut writer = Writer::with_room_for(events);
        let origin = origin_fields(origin);
        let mut of_run: Option<OfRun> = None;
        writer.plain("{\"events\":[");
        for (index, event) in events.iter().enumerate() {
            if index > 0 {
                writer.plain(",");
            }
            let same = match of_run.take() {
                Some(before) if before.is_of(event) => before,
                Some(_) | None => OfRun::of(event, &origin),
            };
            write(&mut writer, &same, event);
            of_run = Some(same);
        }
        writer.plain("]}");
        Encoded::new("application/json", writer.into_body())
    }
}

/// What is the same in every event of a tracker, written once.
fn origin_fields(origin: &Origin) -> String {
    format!(
        ",\"env\":{},\"serviceKey\":{}",
        json(&origin.env),
        json(&origin.service_key)
    )
}

/// What is the same in every event of a run, written once: the next event is mostly of the same.
struct OfRun<'a> {
    event: &'a LoggedEvent,
    id: Vec<u8>,
    names: Vec<u8>,
}

impl<'a> OfRun<'a> {
    fn of(event: &'a LoggedEvent, origin: &str) -> Self {
        let mut id = Writer::with_capacity(64);
        id.plain(",\"runId\":");
        id.id(event.run_id);
        let mut names = Writer::with_capacity(256);
        names.plain(",\"source\":\"workflow\",\"workflowId\":");
        match &event.user_id {
            Some(user_id) => names.text(user_id),
            None => names.id(event.run_id),
        }
        names.plain(",\"workflowName\":");
        names.text(&event.workflow_name);
        names.optional(",\"executionId\":", event.user_id.as_deref());
        names.plain(origin);
        names.optional(",\"version\":", event.fingerprint.as_deref());
        Self {
            event,
            id: id.into_body(),
            names: names.into_body(),
        }
    }

    /// Whether it is the same in this event.
    fn is_of(&self, other: &LoggedEvent) -> bool {
        self.event.run_id == other.run_id
            && self.event.user_id == other.user_id
            && self.event.workflow_name == other.workflow_name
            && self.event.fingerprint == other.fingerprint
    }
}

fn write(writer: &mut Writer, of_run: &OfRun<'_>, event: &LoggedEvent) {
    writer.plain("{\"specVersion\":1,\"eventId\":");
    writer.id(event.event_id);
    writer.bytes(&of_run.id);
    writer.plain(",\"seq\":");
    writer.number(event.seq);
    writer.plain(",\"type\":\"");
    writer.plain(event.event_type.as_str());
    writer.plain("\",\"timestamp\":");
    writer.instant(event.occurred_at);
    writer.plain(",\"recordedAt\":");
    writer.instant(event.recorded_at);
    writer.bytes(&of_run.names);
    writer.plain(mark(event.form));
    writer.own_fields(&event.fields);
    writer.plain("}");
}

/// What the envelope says of an event that is not whole.
pub(super) const fn mark(form: Form) -> &'static str {
    match form {
        Form::Whole => "",
        Form::Truncated => ",\"truncated\":true",
        Form::Tombstone => ",\"tombstone\":true",
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{Event, EventType, Timestamp, events};

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
            workflow_name: "checkout".into(),
            user_id: user_id.map(Into::into),
            fingerprint: user_id.map(|_| "f00d".into()),
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
    fn each_event_is_written_as_it_is_alone() {
        let started = Event::from(events::WorkflowStarted::default());
        let first = event(Some("order-1042"), &started);
        let mut mixed = vec![first.clone(), first.clone(), event(None, &started)];
        mixed.extend([
            LoggedEvent {
                run_id: Uuid::from_u128(3),
                ..first.clone()
            },
            LoggedEvent {
                workflow_name: "refund".into(),
                ..first.clone()
            },
            LoggedEvent {
                fingerprint: Some("beef".into()),
                ..first.clone()
            },
            first,
        ]);
        let inside = |events: &[LoggedEvent]| {
            let text = encoded(events);
            let list = text.strip_prefix("{\"events\":[").expect("the beginning");
            list.strip_suffix("]}").expect("the end").to_owned()
        };
        let alone = mixed.chunks(1).map(inside);
        assert_eq!(inside(&mixed), alone.collect::<Vec<_>>().join(","));
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
                workflow_name: awkward.into(),
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
