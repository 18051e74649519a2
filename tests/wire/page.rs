//! The page of events: its tables and examples are what the encoders give.

use std::fmt::Write as _;

use serde_json::{Map, Value};
use workflow_tracker::{CloudEvents, Encoder, EventType, LoggedEvent, Native};

use crate::fields::{ENVELOPE, ERROR_FIELDS, TYPES, Type};
use crate::{keep, root, samples};

const PAGE: &str = "docs/events.md";

/// An event as the native format shows it.
fn native(event: &LoggedEvent) -> Map<String, Value> {
    let body = Native
        .encode(&samples::origin(), std::slice::from_ref(event))
        .body;
    let mut body: Value = serde_json::from_slice(&body).expect("JSON");
    match body["events"][0].take() {
        Value::Object(fields) => fields,
        other => panic!("an event is an object: {other}"),
    }
}

/// An event with all its fields, and the same with the fields that are never left out.
struct Sample {
    full: Map<String, Value>,
    bare: Map<String, Value>,
}

impl Sample {
    fn of(name: &str) -> Self {
        let find = |events: &[workflow_tracker::Event], id| {
            let logged = samples::logged(events, id);
            let found = logged
                .iter()
                .find(|event| event.event_type.as_str() == name);
            native(found.expect("a sample of every type"))
        };
        Self {
            full: find(&samples::full(), Some("order-1042")),
            bare: find(&samples::bare(), None),
        }
    }

    /// A line of a table about one field.
    fn row(&self, field: &str, meaning: &str) -> String {
        let optional = if self.bare.contains_key(field) {
            ""
        } else {
            "?"
        };
        let kind = kind(field, &self.full[field]);
        format!("| `{field}`{optional} | {kind} | {meaning} |\n")
    }
}

fn kind(field: &str, value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        _ if ["input", "output", "payload"].contains(&field) => "any",
        Value::String(text) if text.ends_with('Z') && text.len() == 24 => "instant",
        Value::String(_) => "string",
        Value::Array(_) => "list of strings",
        Value::Object(_) => "object",
        Value::Null => panic!("`{field}` is never null"),
    }
}

const HEAD: &str = "| field | JSON | meaning |\n| --- | --- | --- |\n";

fn envelope() -> String {
    let mut sample = Sample::of("workflow.started");
    for mark in ["truncated", "tombstone"] {
        sample.full.insert(mark.to_owned(), true.into());
    }
    let own = |field: &&String| field.as_str() != "input";
    let names: Vec<_> = ENVELOPE.iter().map(|(name, _)| *name).collect();
    let missing: Vec<_> = sample
        .full
        .keys()
        .filter(own)
        .filter(|name| !names.contains(&name.as_str()))
        .collect();
    assert!(
        missing.is_empty(),
        "fields of the envelope without a meaning: {missing:?}"
    );
    let rows = ENVELOPE
        .iter()
        .map(|(name, meaning)| sample.row(name, meaning));
    HEAD.to_owned() + &rows.collect::<String>()
}

fn errors() -> String {
    let sample = |name: &str| {
        let mut sample = Sample::of(name);
        let error = |event: &mut Map<String, Value>| match event.remove("error") {
            Some(Value::Object(error)) => error,
            _ => Map::new(),
        };
        Sample {
            full: error(&mut sample.full),
            bare: error(&mut sample.bare),
        }
    };
    let failed = sample("workflow.failed");
    assert_eq!(failed.full.len(), ERROR_FIELDS.len());
    let rows = ERROR_FIELDS
        .iter()
        .map(|(name, meaning)| failed.row(name, meaning));
    HEAD.to_owned() + &rows.collect::<String>()
}

/// The own fields of a sample, as the log holds them.
fn fields_of(name: &str) -> String {
    let events = samples::full();
    let event = events
        .iter()
        .find(|event| event.event_type().as_str() == name);
    event.expect("a sample of every type").to_fields()
}

/// Their names, in the order of the log.
fn own_fields(name: &str) -> Vec<String> {
    let fields = fields_of(name);
    let own: Map<String, Value> = serde_json::from_str(&fields).expect("an object");
    let place = |name: &str| fields.find(&format!("\"{name}\":"));
    let mut names: Vec<_> = own.keys().cloned().collect();
    names.sort_by_key(|name| place(name));
    names
}

fn section(described: &Type) -> String {
    let Type { name, says, .. } = described;
    let sample = Sample::of(name);
    let mut section = format!("### `{name}`\n\n{says}\n\n{HEAD}");
    let own = own_fields(name);
    assert!(
        described.own_fields() <= own.len(),
        "{name} has a meaning without a field"
    );
    for field in &own {
        let meaning = described.meaning(field);
        section += &sample.row(
            field,
            meaning.unwrap_or_else(|| panic!("{name}.{field} has no meaning")),
        );
    }
    let fields = fields_of(name);
    let inside = spaced(&fields[1..fields.len() - 1]);
    let _ = write!(
        section,
        "\n```json\n{{ \"type\": \"{name}\", {inside} }}\n```\n"
    );
    section
}

/// JSON on one line, with spaces for readers.
fn spaced(json: &str) -> String {
    let mut text = String::new();
    for (letter, is_mark) in marks(json) {
        match letter {
            ',' | ':' if is_mark => text.extend([letter, ' ']),
            letter => text.push(letter),
        }
    }
    text
}

fn types() -> String {
    let described: Vec<_> = TYPES.iter().map(|described| described.name).collect();
    for event_type in EventType::ALL {
        assert!(
            described.contains(&event_type.as_str()),
            "{event_type} is not on the page"
        );
    }
    let sections: Vec<_> = TYPES.iter().map(section).collect();
    sections.join("\n")
}

/// A whole body in a format, laid out for readers, in the order of the wire.
fn body(encoder: &dyn Encoder) -> String {
    let log = samples::logged(&samples::full(), Some("order-1042"));
    let step = log
        .iter()
        .find(|event| event.event_type == EventType::StepStarted);
    let batch = encoder.encode(&samples::origin(), &[step.expect("a sample").clone()]);
    let text = String::from_utf8(batch.body).expect("UTF-8");
    format!(
        "`Content-Type: {}`\n\n```json\n{}\n```\n",
        batch.content_type,
        laid_out(&text)
    )
}

/// JSON with a line for each member, in the order in which it was written.
fn laid_out(json: &str) -> String {
    let (mut text, mut depth) = (String::new(), 0);
    let line = |text: &mut String, depth: usize| {
        text.push('\n');
        text.push_str(&"  ".repeat(depth));
    };
    for (letter, is_mark) in marks(json) {
        if is_mark && matches!(letter, '}' | ']') {
            depth -= 1;
            line(&mut text, depth);
        }
        text.push(letter);
        match letter {
            '{' | '[' if is_mark => {
                depth += 1;
                line(&mut text, depth);
            }
            ',' if is_mark => line(&mut text, depth),
            ':' if is_mark => text.push(' '),
            _ => {}
        }
    }
    text
}

/// The letters of a JSON text, and whether each stands outside of strings.
fn marks(json: &str) -> impl Iterator<Item = (char, bool)> {
    let (mut quoted, mut escaped) = (false, false);
    json.chars().map(move |letter| {
        let is_mark = !quoted;
        if letter == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && letter == '\\' && !escaped;
        (letter, is_mark)
    })
}

/// The page with what stands between `<!-- generated: name -->` and `<!-- end -->` made anew.
fn regenerated(page: &str) -> String {
    let mut parts = page.split("<!-- generated: ");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(" -->").expect("the mark is closed");
        let (_, rest) = rest
            .split_once("<!-- end -->")
            .expect("the part has an end");
        let made = match name {
            "envelope" => envelope(),
            "types" => types(),
            "errors" => errors(),
            "native" => body(&Native),
            "cloud events" => body(&CloudEvents::new("com.example")),
            other => panic!("nothing makes the part `{other}` of {PAGE}"),
        };
        let _ = write!(
            text,
            "<!-- generated: {name} -->\n\n{made}\n<!-- end -->{rest}"
        );
    }
    text
}

#[test]
fn the_page_of_events_shows_what_the_encoders_give() {
    let page = std::fs::read_to_string(root().join(PAGE)).expect("the page is there");
    assert_eq!(page.matches("<!-- generated: ").count(), 5);
    keep(PAGE, &regenerated(&page));
}
