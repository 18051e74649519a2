//! What a run tells its endpoint, one line an event.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use workflow_core::store::MemoryStore;
use workflow_core::testing::TestClock;
use workflow_core::{Clock as _, Engine, EngineBuilder, HttpTracker, Timestamp};

use crate::endpoint::Endpoint;

/// How long anything may take that should take no time.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A store, a clock and a real endpoint, for runs whose events are read as a story.
pub struct Stage {
    /// Where events arrive.
    pub endpoint: Endpoint,
    /// Workflow time.
    pub clock: TestClock,
    /// What outlives an engine.
    pub store: Arc<MemoryStore>,
    began: Timestamp,
}

impl Stage {
    /// A stage whose clock jumps to whatever a run waits for.
    pub fn jumping() -> Self {
        Self::new(TestClock::jumping())
    }

    /// A stage whose clock is moved by the test.
    pub fn manual() -> Self {
        Self::new(TestClock::manual())
    }

    fn new(clock: TestClock) -> Self {
        Self {
            endpoint: Endpoint::start(),
            began: clock.now(),
            clock,
            store: Arc::new(MemoryStore::new()),
        }
    }

    /// A builder with this store, this clock and a tracker to the endpoint.
    ///
    /// # Panics
    ///
    /// Never: an endpoint on this machine is an address that a tracker takes.
    pub fn builder(&self) -> EngineBuilder {
        let tracker =
            HttpTracker::new(&self.endpoint.url()).expect("a loopback address is allowed");
        Engine::builder()
            .store_arc(Arc::clone(&self.store) as Arc<dyn workflow_core::store::Store>)
            .clock(Arc::new(self.clock.clone()))
            .seed(1)
            .tracker(tracker.from_beginning())
    }

    /// Waits until an event of this type has arrived.
    ///
    /// # Panics
    ///
    /// Where none does for a long time.
    pub fn wait_for(&self, event_type: &str) {
        self.endpoint.wait_for(event_type, |seen| {
            seen.acknowledged()
                .flat_map(|request| &request.events)
                .any(|event| event.event_type == event_type)
        });
    }

    /// Stops the engine and tells what arrived, of all runs, in the order of `seq`.
    ///
    /// # Panics
    ///
    /// Where something did not arrive.
    pub async fn told(&self, engine: Engine) -> String {
        let shutdown = engine.shutdown(PATIENCE).await;
        let delivery = shutdown.delivery.expect("the engine has a tracker");
        assert!(
            delivery.is_complete(),
            "not everything arrived: {delivery:?}"
        );
        self.story()
    }

    /// What has arrived so far: a line for each event, runs in the order of their creation.
    ///
    /// # Panics
    ///
    /// Where something arrived that is no event.
    pub fn story(&self) -> String {
        let mut runs: BTreeMap<String, BTreeMap<u64, String>> = BTreeMap::new();
        for request in self.endpoint.seen().acknowledged() {
            for event in &request.events {
                let value: Value = serde_json::from_str(&event.bytes).expect("events are JSON");
                let line = self.line(&value);
                let run = runs.entry(event.run_id.to_string()).or_default();
                run.insert(event.seq, line);
            }
        }
        let stories: Vec<_> = runs
            .into_values()
            .map(|lines| lines.into_values().collect::<Vec<_>>().join("\n"))
            .collect();
        stories.join("\n--\n")
    }

    /// An event as one line: its place, its type, what it is about, and its other fields.
    fn line(&self, event: &Value) -> String {
        const ENVELOPE: [&str; 14] = [
            "specVersion",
            "eventId",
            "runId",
            "seq",
            "type",
            "timestamp",
            "recordedAt",
            "source",
            "workflowId",
            "workflowName",
            "executionId",
            "env",
            "serviceKey",
            "version",
        ];
        const SUBJECT: [&str; 8] = [
            "stepName", "name", "key", "ordinal", "path", "attempt", "site", "cached",
        ];
        let mut line = format!("{:>2} {}", event["seq"], text(&event["type"]));
        let subject = subject(event);
        if !subject.is_empty() {
            line = format!("{line} {subject}");
        }
        let Value::Object(fields) = event else {
            panic!("an event is an object: {event}");
        };
        for (field, value) in fields {
            if !ENVELOPE.contains(&field.as_str()) && !SUBJECT.contains(&field.as_str()) {
                line = format!("{line} {field}={}", self.value(field, value));
            }
        }
        line
    }

    /// A field's value; instants as the time since the stage was set.
    fn value(&self, field: &str, value: &Value) -> String {
        if matches!(field, "resumeAt" | "nextAttemptAt" | "deadline" | "startAt") {
            let instant: Timestamp = text(value).parse().expect("instants are RFC 3339");
            return format!("+{}ms", instant.since(self.began).as_millis());
        }
        match value {
            Value::Object(error) if field == "error" => {
                let kind = error.get("kind").map(text).unwrap_or_default();
                let step = error.get("stepName").map(text).unwrap_or_default();
                let at = if step.is_empty() {
                    String::new()
                } else {
                    format!(" at {step}")
                };
                format!("{kind}({}){at}", text(&error["message"]))
            }
            Value::Array(items) => {
                format!(
                    "[{}]",
                    items.iter().map(text).collect::<Vec<_>>().join(", ")
                )
            }
            other => text(other),
        }
    }
}

/// The operation that an event is about: `day[3]/ship[42]:2#1` is attempt 1 of the second repeat,
/// inside the part `day`.
fn subject(event: &Value) -> String {
    let name = event.get("stepName").or_else(|| event.get("name"));
    let path = event.get("path").map(text).unwrap_or_default();
    let mut subject = path + &name.map(text).unwrap_or_default();
    for (field, before, after) in [
        ("key", "[", "]"),
        ("ordinal", ":", ""),
        ("attempt", "#", ""),
    ] {
        if let Some(value) = event.get(field) {
            subject = format!("{subject}{before}{}{after}", text(value));
        }
    }
    subject
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
