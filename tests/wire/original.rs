//! The fields of the format that this one grew from: their names and types stay.

use serde_json::Value;
use workflow_tracker::{Encoder as _, EventType, Native};

use crate::samples;

/// The envelope's original fields.
const ENVELOPE: &str = "eventId:string type:string timestamp:instant source:string \
     workflowId:string workflowName:string executionId?:string env:string serviceKey:string";

/// The original types with their own original fields; `?`: may be left out.
const TYPES: [(&str, &str); 17] = [
    ("workflow.queued", "input?:any"),
    ("workflow.started", "input?:any"),
    (
        "workflow.paused",
        "reason:string resumeAt?:instant stepName?:string",
    ),
    ("workflow.resumed", ""),
    (
        "workflow.completed",
        "completedSteps:strings durationMs:number",
    ),
    ("workflow.failed", "error:error completedSteps:strings"),
    (
        "workflow.cancelled",
        "reason?:string completedSteps:strings",
    ),
    ("step.started", "stepName:string attempt:number"),
    (
        "step.completed",
        "stepName:string attempt:number durationMs:number cached:false",
    ),
    (
        "step.failed",
        "stepName:string attempt:number error:error willRetry:boolean",
    ),
    (
        "retry.scheduled",
        "stepName:string attempt:number nextAttemptAt:instant delayMs:number",
    ),
    ("retry.exhausted", "stepName:string attempts:number"),
    ("sleep.started", "durationMs:number resumeAt:instant"),
    ("sleep.completed", "durationMs:number"),
    (
        "timeout.set",
        "stepName:string deadline:instant timeoutMs:number",
    ),
    ("timeout.exceeded", "stepName:string timeoutMs:number"),
    ("workflow.failed", "error:run-error"),
];

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "any" => !value.is_null(),
        "string" => value.is_string(),
        "number" => value.is_u64(),
        "boolean" => value.is_boolean(),
        "false" => value == false,
        "instant" => value.as_str().is_some_and(is_instant),
        "strings" => value
            .as_array()
            .is_some_and(|list| list.iter().all(Value::is_string)),
        "error" => {
            let stack = value.get("stack").is_none_or(Value::is_string);
            value["message"].is_string() && stack
        }
        "run-error" => {
            let step = value.get("stepName").is_none_or(Value::is_string);
            is_of(value, "error") && step && value.get("attempt").is_none_or(Value::is_u64)
        }
        other => panic!("no kind `{other}`"),
    }
}

/// `2026-03-01T12:00:00.010Z`: UTC, with milliseconds at least.
fn is_instant(text: &str) -> bool {
    let shape = |letter: char| if letter.is_ascii_digit() { '0' } else { letter };
    let shape: String = text.chars().map(shape).collect();
    shape == "0000-00-00T00:00:00.000Z"
}

#[track_caller]
fn check(event: &Value, fields: &str, whole: bool) {
    for field in fields.split_whitespace() {
        let (name, kind) = field.split_once(':').expect("a name and a kind");
        let optional = name.ends_with('?');
        match event.get(name.trim_end_matches('?')) {
            Some(value) => assert!(is_of(value, kind), "{field} in {event}"),
            None => assert!(optional && !whole, "no {field} in {event}"),
        }
    }
}

#[test]
fn what_reads_the_original_format_reads_this_one() {
    let full = samples::full().len();
    let body = Native
        .encode(&samples::origin(), &samples::all()[..2 * full])
        .body;
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    let events = body["events"].as_array().expect("exactly `events`");
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(1));
    for (index, event) in events.iter().enumerate() {
        let whole = index < full;
        check(event, ENVELOPE, whole);
        assert_eq!(event["source"], "workflow");
        for (_, fields) in TYPES.iter().filter(|(name, _)| event["type"] == *name) {
            check(event, fields, whole);
        }
    }
    for (name, _) in TYPES {
        assert!(
            events.iter().any(|event| event["type"] == name),
            "no sample of {name}"
        );
    }
}

#[test]
fn there_is_a_sample_of_every_type() {
    let types = |events: Vec<workflow_tracker::Event>| -> std::collections::BTreeSet<EventType> {
        events
            .iter()
            .map(workflow_tracker::Event::event_type)
            .collect()
    };
    let all: std::collections::BTreeSet<_> = EventType::ALL.iter().copied().collect();
    assert_eq!(types(samples::full()), all);
    assert_eq!(types(samples::bare()), all);
}

#[test]
fn what_is_absent_is_left_out_and_never_null() {
    fn has_null(value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Array(list) => list.iter().any(has_null),
            Value::Object(fields) => fields.values().any(has_null),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
    }
    let body = Native.encode(&samples::origin(), &samples::all()).body;
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    assert!(!has_null(&body), "{body}");
}

#[test]
fn a_whole_sample_leaves_nothing_out() {
    for event in samples::full() {
        let absent = format!("{event:?}").matches(": None").count();
        // The error of a step does not repeat which step and attempt it is about.
        let expected = match event.event_type() {
            EventType::StepFailed => 2,
            _ => 0,
        };
        assert_eq!(absent, expected, "{event:?}");
    }
}
