//! Both formats, byte for byte: one event a line.

use workflow_tracker::{CloudEvents, Encoder, LoggedEvent, Native};

use crate::{keep, samples};

/// The samples as a body, and as a file with a line for each event.
fn lines(encoder: &dyn Encoder, before: &str, after: &str) -> (String, String) {
    let encode = |events: &[LoggedEvent]| {
        let body = encoder.encode(&samples::origin(), events).body;
        String::from_utf8(body).expect("JSON is UTF-8")
    };
    let all = samples::all();
    let line = |event: &LoggedEvent| {
        let body = encode(std::slice::from_ref(event));
        let inside = body
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after));
        inside.expect("a batch of one").to_owned()
    };
    let lines: Vec<_> = all.iter().map(line).collect();
    assert_eq!(encode(&all), format!("{before}{}{after}", lines.join(",")));
    assert_eq!(encode(&[]), format!("{before}{after}"));
    (encode(&all), lines.join("\n") + "\n")
}

#[test]
fn the_native_format_is_what_it_was() {
    let (_, lines) = lines(&Native, "{\"events\":[", "]}");
    keep("tests/wire/golden/native.jsonl", &lines);
}

#[test]
fn the_cloud_events_format_is_what_it_was() {
    let (_, lines) = lines(&CloudEvents::new("com.example"), "[", "]");
    keep("tests/wire/golden/cloud_events.jsonl", &lines);
}

#[test]
fn both_formats_say_the_same() {
    let parse = |encoder: &dyn Encoder, member: Option<&str>| {
        let body = encoder.encode(&samples::origin(), &samples::all()).body;
        let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        let events = member.map_or(&body, |member| &body[member]);
        events.as_array().expect("a list").clone()
    };
    let native = parse(&Native, Some("events"));
    let cloud = parse(&CloudEvents::new("com.example"), None);
    assert_eq!(native.len(), cloud.len());
    for (mut native, mut cloud) in native.into_iter().zip(cloud) {
        let mut data = cloud["data"].take();
        for (attribute, field) in [
            ("id", "eventId"),
            ("time", "timestamp"),
            ("recordedtime", "recordedAt"),
            ("partitionkey", "runId"),
            ("correlationid", "workflowId"),
        ] {
            data[field] = cloud[attribute].take();
        }
        let sequence = cloud["sequence"].as_str().expect("a string");
        data["seq"] = sequence.parse::<u64>().expect("a number").into();
        let named = cloud["type"].as_str().expect("a string");
        let named = named
            .strip_prefix("com.example.")
            .and_then(|rest| rest.strip_suffix(".v1"));
        data["type"] = named.expect("prefix and version").into();
        assert_eq!(data, native.take());
    }
}
