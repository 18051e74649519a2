//! Walks over JSON text without taking it apart: numbers, order and spelling stay as they are.

use super::names::Names;
use super::{REDACTED, text};

/// A value nested deeper than this is not shown: many receivers could not read the whole event.
const DEPTH_MAX: usize = 64;

/// JSON text with the values of denied keys, and what looks like a secret in its strings, replaced.
///
/// # Errors
///
/// Why the value cannot be shown.
pub(super) fn redacted(json: &str, names: &Names) -> Result<String, String> {
    let mut walk = Walk {
        json,
        at: 0,
        open: Vec::new(),
        out: String::with_capacity(json.len()),
    };
    while let Some(byte) = walk.peek() {
        walk.step(byte, names)?;
    }
    Ok(walk.out)
}

struct Walk<'a> {
    json: &'a str,
    at: usize,
    /// The objects and arrays around.
    open: Vec<Around>,
    out: String,
}

enum Around {
    Array,
    /// Whether the next string is a key.
    Object {
        key_next: bool,
    },
}

impl Walk<'_> {
    fn peek(&self) -> Option<u8> {
        self.json.as_bytes().get(self.at).copied()
    }

    fn step(&mut self, byte: u8, names: &Names) -> Result<(), String> {
        match byte {
            b'"' => return self.string(names),
            b'{' => self.enter(Around::Object { key_next: true })?,
            b'[' => self.enter(Around::Array)?,
            b'}' | b']' => drop(self.open.pop()),
            b',' => {
                if let Some(Around::Object { key_next }) = self.open.last_mut() {
                    *key_next = true;
                }
            }
            _ => {}
        }
        self.copy(1);
        Ok(())
    }

    fn enter(&mut self, around: Around) -> Result<(), String> {
        self.open.push(around);
        if self.open.len() > DEPTH_MAX {
            return Err(format!("it is nested deeper than {DEPTH_MAX} levels"));
        }
        Ok(())
    }

    /// A string: a key, whose value may be a secret, or a value.
    fn string(&mut self, names: &Names) -> Result<(), String> {
        let length = string_length(&self.json[self.at..]);
        let string = &self.json[self.at..self.at + length];
        let plain: String = serde_json::from_str(string).map_err(|error| error.to_string())?;
        if let Some(Around::Object { key_next }) = self.open.last_mut()
            && std::mem::take(key_next)
        {
            self.copy(length);
            if names.denies(&plain) {
                self.replace_member();
            }
            return Ok(());
        }
        match text::redacted(&plain, names) {
            std::borrow::Cow::Borrowed(_) => self.copy(length),
            std::borrow::Cow::Owned(shown) => {
                self.at += length;
                self.push_string(&shown);
            }
        }
        Ok(())
    }

    /// After a key: takes the colon, and writes something else in the place of the value.
    fn replace_member(&mut self) {
        let rest = &self.json[self.at..];
        let colon = rest.len() - rest.trim_start_matches([' ', '\n', '\r', '\t', ':']).len();
        self.copy(colon);
        self.at += value_length(&self.json[self.at..]);
        self.push_string(REDACTED);
    }

    fn push_string(&mut self, text: &str) {
        let json = serde_json::to_string(text).expect("a string is JSON");
        self.out.push_str(&json);
    }

    /// Copies bytes; where they begin and end lies between ASCII characters.
    fn copy(&mut self, bytes: usize) {
        let end = (self.at + bytes).min(self.json.len());
        // A byte of a longer character outside of strings is no JSON, and shown as such.
        self.out
            .push_str(self.json.get(self.at..end).unwrap_or("\u{fffd}"));
        self.at = end;
    }
}

/// How long the string is that `json` begins with, quotes included.
fn string_length(json: &str) -> usize {
    let bytes = json.as_bytes();
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    json.len()
}

/// How long the value is that `json` begins with.
fn value_length(json: &str) -> usize {
    let bytes = json.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at += string_length(&json[at..]) - 1,
            b'{' | b'[' => depth += 1,
            b',' | b'}' | b']' if depth == 0 => return at,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    json.len().min(at)
}

/// A JSON object, as this crate writes it, without some of its own members.
pub(crate) fn without_members(object: &str, names: &[&str]) -> String {
    let mut kept = String::with_capacity(object.len());
    for member in members(object).filter(|member| !names.contains(&member.name)) {
        kept.push(if kept.is_empty() { '{' } else { ',' });
        kept.push_str(member.text);
    }
    if kept.is_empty() {
        kept.push('{');
    }
    kept.push('}');
    kept
}

/// The value of one of the own members of a JSON object, as this crate writes it.
pub(crate) fn member<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let found = members(object).find(|member| member.name == name)?;
    Some(found.value)
}

/// An own member of an object.
struct Member<'a> {
    /// Its name as it is written, without the quotes.
    name: &'a str,
    value: &'a str,
    /// All of it.
    text: &'a str,
}

fn members(object: &str) -> impl Iterator<Item = Member<'_>> {
    let mut rest = object.get(1..).unwrap_or_default();
    std::iter::from_fn(move || {
        if !rest.starts_with('"') {
            return None;
        }
        let key = string_length(rest);
        let begin = (key + 1).min(rest.len());
        let end = begin + value_length(&rest[begin..]);
        let member = Member {
            name: rest.get(1..key - 1).unwrap_or_default(),
            value: &rest[begin..end],
            text: &rest[..end],
        };
        rest = rest.get(end + 1..).unwrap_or_default();
        Some(member)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(json: &str) -> String {
        redacted(json, &Names::default()).expect("it can be shown")
    }

    #[test]
    fn denied_keys_lose_their_values_at_every_depth_and_nothing_else_changes() {
        for (json, expected) in [
            (
                r#"{"b":1.50,"a":{"token":"x"}}"#,
                r#"{"b":1.50,"a":{"token":"[redacted]"}}"#,
            ),
            (
                r#"[{"Password":{"a":["}",1]},"x":340282366920938463463374607431768211455}]"#,
                r#"[{"Password":"[redacted]","x":340282366920938463463374607431768211455}]"#,
            ),
            (
                r#"{"secrets":[1,2],"n":null}"#,
                r#"{"secrets":"[redacted]","n":null}"#,
            ),
            (
                r#"{"api\u005fkey":1,"k":["token","é"]}"#,
                r#"{"api\u005fkey":"[redacted]","k":["token","é"]}"#,
            ),
            (
                r#"{ "cookie" : true , "a" : "\"" }"#,
                r#"{ "cookie" : "[redacted]", "a" : "\"" }"#,
            ),
            (r#""plain""#, r#""plain""#),
            ("[]", "[]"),
        ] {
            assert_eq!(shown(json), expected);
        }
    }

    #[test]
    fn strings_are_read_as_texts() {
        let url = r#"{"url":"postgres://me:hunter2@db/x","say":"a\nb token=abc"}"#;
        assert_eq!(
            shown(url),
            r#"{"url":"postgres://[redacted]@db/x","say":"a\nb token=[redacted]"}"#
        );
    }

    #[test]
    fn a_value_nested_too_deeply_is_not_shown() {
        let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(shown(&nested(DEPTH_MAX)), nested(DEPTH_MAX));
        let refused = redacted(&nested(DEPTH_MAX + 1), &Names::default());
        assert!(refused.expect_err("too deep").contains("64 levels"));
    }

    #[test]
    fn members_are_taken_out_of_an_object_as_text() {
        let without = |object| without_members(object, &["output", "input"]);
        assert_eq!(without("{}"), "{}");
        assert_eq!(without(r#"{"output":{"a":[1,"}"]}}"#), "{}");
        assert_eq!(
            without(r#"{"a":1,"output":"x,\"","b":{"output":2}}"#),
            r#"{"a":1,"b":{"output":2}}"#
        );
        assert_eq!(without(r#"{"input":null,"a":[{}]}"#), r#"{"a":[{}]}"#);
        let object = r#"{"a":{"b":1},"b":"x,\"}"}"#;
        assert_eq!(member(object, "b"), Some(r#""x,\"}""#));
        assert_eq!(member(object, "a"), Some(r#"{"b":1}"#));
        assert_eq!(member(object, "c"), None);
        for broken in [
            "", "{", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "[1]",
        ] {
            assert_eq!(member(broken, "b"), None, "{broken}");
        }
    }
}
