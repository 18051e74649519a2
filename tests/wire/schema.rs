//! The `CloudEvents` format against the JSON schema of its authors.

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;
use workflow_tracker::{CloudEvents, Encoder as _};

use crate::samples;

const SCHEMA: &str = include_str!("schema/cloudevents-1.0.json");

fn compiled() -> (Schemas, SchemaIndex) {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    // Formats too: urls and instants.
    compiler.enable_format_assertions();
    let schema = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let place = "https://schemas.example/cloudevents.json";
    compiler.add_resource(place, schema).expect("a resource");
    let index = compiler.compile(place, &mut schemas).expect("a schema");
    (schemas, index)
}

fn events() -> Vec<Value> {
    let encoder = CloudEvents::new("com.example");
    let body = encoder.encode(&samples::origin(), &samples::all()).body;
    serde_json::from_slice(&body).expect("an array")
}

#[test]
fn every_event_is_valid() {
    let (schemas, index) = compiled();
    for event in events() {
        let checked = schemas.validate(&event, index);
        assert!(
            checked.is_ok(),
            "{event}: {}",
            checked.expect_err("it is not valid")
        );
    }
}

#[test]
fn the_schema_refuses_what_is_none() {
    let (schemas, index) = compiled();
    let event = events().remove(0);
    for (attribute, wrong) in [
        ("id", Value::from("")),
        ("source", "http://[no host/".into()),
        ("specversion", 1.into()),
        ("time", "yesterday".into()),
        ("type", Value::Null),
    ] {
        let mut event = event.clone();
        event[attribute] = wrong;
        assert!(schemas.validate(&event, index).is_err(), "{attribute}");
    }
}

/// What the specification says beyond its schema.
#[test]
fn attributes_have_names_and_values_that_every_protocol_can_carry() {
    for event in events() {
        let attributes = event.as_object().expect("an object");
        for (name, value) in attributes.iter().filter(|(name, _)| *name != "data") {
            let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
            assert!(name.chars().all(is_plain), "{name}");
            let value = value.as_str().expect("attributes are strings here");
            assert!(
                !value.is_empty() && !value.contains(char::is_control),
                "{name}: {value}"
            );
        }
        assert_eq!(event["specversion"], "1.0");
        assert!(event["data"].is_object());
    }
}
