//! What leaves this process and what does not: captured values, redaction, limits, planted secrets.
#![expect(
    clippy::unused_async,
    reason = "the bodies of these steps have nothing to wait for, as real ones would"
)]

mod errors;
mod lines;
mod planted;
mod search;
mod signals;
mod values;

use serde_json::{Map, Value};
use workflow_core::{Capture, HttpTracker};
use workflow_tests::endpoint::Endpoint;

/// A tracker that begins with the first event.
fn tracker(endpoint: &Endpoint, name: &str, capture: Capture) -> HttpTracker {
    HttpTracker::new(&endpoint.url())
        .expect("a loopback address is allowed")
        .name(name)
        .capture(capture)
        .from_beginning()
}

/// The events that an endpoint acknowledged, in the order of arrival.
fn events(endpoint: &Endpoint) -> Vec<Value> {
    let seen = endpoint.seen();
    let requests = seen.acknowledged();
    let events = requests.flat_map(|request| &request.events);
    events
        .map(|event| serde_json::from_str(&event.bytes).expect("events are JSON"))
        .collect()
}

/// What an endpoint was shown of values: a line for each event that holds one.
fn values(endpoint: &Endpoint) -> String {
    let line = |event: &Value| {
        let fields = event.as_object().into_iter().flat_map(Map::iter);
        let shown: Vec<_> = fields
            .filter(|(name, _)| ["input", "output", "payload"].contains(&name.as_str()))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let of = format!("{}: ", event["type"].as_str().unwrap_or_default());
        (!shown.is_empty()).then(|| of + &shown.join(" "))
    };
    let lines: Vec<_> = events(endpoint).iter().filter_map(line).collect();
    lines.join("\n")
}
