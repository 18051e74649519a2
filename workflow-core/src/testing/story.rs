//! What happened in a run, one line an event, without what differs from run to run.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};
use workflow_tracker::{Event, EventType, Timestamp};

use super::columns;
use crate::engine::RunEvent;

/// The events of a run, to be asserted on or printed: one line an event.
///
/// A line has the event's place in the run, its type, what it is about (`ship[42]:2#3` is the
/// third attempt of the second repeat of step `ship` with key `42`), and the fields that are not
/// the same in every run. Ids and places in the source are left out, instants are told as the
/// time since the test began (`+1d`), and durations of nothing are left out too. So the text is
/// the same whenever the test runs, and can be kept as a snapshot.
#[derive(Clone, PartialEq)]
pub struct Story {
    events: Vec<RunEvent>,
    began: Timestamp,
}

/// Fields that are told otherwise, or differ from run to run.
const LEFT_OUT: &[&str] = &[
    "stepName",
    "name",
    "key",
    "ordinal",
    "path",
    "attempt",
    "site",
    "cached",
    "totalMs",
    "recorded",
    "attempted",
];

impl Story {
    pub(super) const fn new(events: Vec<RunEvent>, began: Timestamp) -> Self {
        Self { events, began }
    }

    /// The events, in order of `seq`.
    pub fn events(&self) -> &[RunEvent] {
        &self.events
    }

    /// How many events of this type there are.
    pub fn count(&self, event_type: EventType) -> usize {
        let types = self.events.iter().map(|event| event.event.event_type());
        types.filter(|found| *found == event_type).count()
    }

    /// How many attempts of a step began: by its name, over all keys and repeats.
    pub fn attempts_of(&self, step: &str) -> usize {
        let is_attempt = |event: &Event| match event {
            Event::StepStarted(started) => started.step_name == step,
            _ => false,
        };
        self.events
            .iter()
            .filter(|event| is_attempt(&event.event))
            .count()
    }

    /// The names of the steps that completed, in that order.
    pub fn completed_steps(&self) -> Vec<&str> {
        let completed = self.events.iter().filter_map(|event| match &event.event {
            Event::StepCompleted(completed) => Some(&*completed.step_name),
            _ => None,
        });
        completed.collect()
    }

    /// Compares with a text, line by line, without regard to indentation.
    ///
    /// # Panics
    ///
    /// Where they differ; both are shown side by side.
    #[track_caller]
    pub fn assert_is(&self, expected: &str) {
        let lines = |text: &str| -> Vec<String> {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            lines.map(str::to_owned).collect()
        };
        let (expected, found) = (lines(expected), lines(&self.to_string()));
        assert!(
            expected == found,
            "the run tells another story\n\n{}",
            columns::side_by_side(("expected", &expected), ("found", &found))
        );
    }

    /// The lines of the events.
    pub(super) fn lines(&self) -> Vec<String> {
        self.events.iter().map(|event| self.line(event)).collect()
    }

    /// An event without its place in the run.
    fn line(&self, event: &RunEvent) -> String {
        let fields = fields(&event.event);
        let own = fields.iter().filter_map(|(name, value)| {
            let shown = self.shown(name, value)?;
            Some(format!(" {}={shown}", name.trim_end_matches("Ms")))
        });
        let subject = subject(&fields);
        let space = if subject.is_empty() { "" } else { " " };
        let own: String = own.collect();
        format!("{}{space}{subject}{own}", event.event.event_type())
    }

    /// The value of a field, if it is shown.
    fn shown(&self, name: &str, value: &Value) -> Option<String> {
        if LEFT_OUT.contains(&name) || name.ends_with("RunId") {
            return None;
        }
        match value {
            Value::Number(millis) if name.ends_with("Ms") => {
                let length = Duration::from_millis(millis.as_u64()?);
                (!length.is_zero()).then(|| brief(length))
            }
            Value::String(text) if name.ends_with("At") || name == "deadline" => {
                let instant: Timestamp = text.parse().ok()?;
                Some(format!("+{}", brief(instant.since(self.began))))
            }
            Value::Object(error) if name == "error" => Some(error_text(error)),
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(text).collect();
                Some(format!("[{}]", items.join(", ")))
            }
            // The reason of a block names lines of the source.
            Value::String(reason) if name == "reason" && reason.len() > 80 => None,
            other => Some(text(other)),
        }
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (event, line) in self.events.iter().zip(self.lines()) {
            writeln!(f, "{:>2} {line}", event.seq)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn fields(event: &Event) -> Map<String, Value> {
    serde_json::from_str(&event.to_fields()).unwrap_or_default()
}

/// The operation that an event is about.
fn subject(fields: &Map<String, Value>) -> String {
    let own = |name: &str| fields.get(name).map(text);
    let name = own("stepName").or_else(|| own("name")).unwrap_or_default();
    let path = own("path").unwrap_or_default();
    let key = own("key").map_or_else(String::new, |key| format!("[{key}]"));
    let ordinal = own("ordinal").map_or_else(String::new, |ordinal| format!(":{ordinal}"));
    let attempt = own("attempt").map_or_else(String::new, |attempt| format!("#{attempt}"));
    format!("{path}{name}{key}{ordinal}{attempt}")
}

/// An error's message, with its kind and step where they say more.
fn error_text(error: &Map<String, Value>) -> String {
    let own = |name: &str| error.get(name).map(text);
    let kind = own("kind").filter(|kind| kind != "error");
    let kind = kind.map_or_else(String::new, |kind| format!("{kind}: "));
    let step = own("stepName").map_or_else(String::new, |step| format!(" at {step}"));
    format!("{kind}\"{}\"{step}", own("message").unwrap_or_default())
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A duration in the fewest words: `1d 2h`, `5s`, `50ms`.
pub(super) fn brief(length: Duration) -> String {
    let millis = length.as_millis();
    let units = [
        (millis / 86_400_000, "d"),
        (millis / 3_600_000 % 24, "h"),
        (millis / 60_000 % 60, "m"),
        (millis / 1000 % 60, "s"),
        (millis % 1000, "ms"),
    ];
    let words: Vec<_> = units
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    if words.is_empty() {
        return "0s".to_owned();
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_in_the_fewest_words() {
        let told = |millis| brief(Duration::from_millis(millis));
        assert_eq!(told(0), "0s");
        assert_eq!(told(50), "50ms");
        assert_eq!(told(2_592_000_000), "30d");
        assert_eq!(told(93_784_005), "1d 2h 3m 4s 5ms");
    }
}
