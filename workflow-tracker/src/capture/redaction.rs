//! The rules by which values and error texts are redacted and bounded.

use std::borrow::Cow;

use super::names::Names;
use super::{Captured, json, text};
use crate::events::ErrorInfo;

/// How much of the user's own an event holds at most, unless told otherwise: 64 KiB.
const BYTES_MAX: usize = 64 * 1024;

/// What events may show: which names stand for secrets, and how large a value or an error may be.
///
/// A **value** (an input, an output, the payload of a signal) loses what stands under a key that
/// the list denies, at every depth, and what looks like a secret in its strings. It is bounded as
/// a whole: one that is too large becomes `{"$truncated":true,"bytes":…}`, never half a value.
///
/// A key is denied where it contains a listed name, whatever the case and the separators:
/// `dbPassword`, `X-Api-Key`, `secrets`. Names of up to four letters must be whole words of the
/// key (`pin` is found in `cardPin`, not in `shipping`). Listed are `password`, `passwd`,
/// `passphrase`, `pwd`, `secret`, `token`, `jwt`, `authorization`, `cookie`, `credential`,
/// `api_key`, `access_key`, `private_key`, `cvv` and `cvc`.
///
/// A **text** (an error's message, what caused it, a panic) loses
///
/// - what follows a denied name and `=`, `:` or `=>`: `password=…`, `"token": "…"`,
///   `secret: Some(…)`, `--api-key …`, the whole rest of a line `Cookie: …`;
/// - in urls the user part, and the whole query and fragment;
/// - what follows `Bearer`, what follows `Basic` and looks encoded, JSON web tokens, and blocks
///   of private keys.
///
/// **It cannot know a secret that nothing announces**: `no user for hunter2`, a password that
/// holds spaces and is not quoted (its first word goes), a secret in the path of a url, or one in
/// another encoding. What must not leave should not be put into an error, or be wrapped in a type
/// without `Display`. Names of workflows, steps and keys, and the ids of runs, are identities:
/// they are shown as they are.
///
/// ```
/// use workflow_tracker::Redaction;
///
/// let rules = Redaction::default().deny("iban").allow("max_tokens");
/// let shown = rules.value(r#"{"iban":"DE02…","max_tokens":9,"user":{"password":"x"}}"#);
/// assert_eq!(
///     shown.expect("not null").json(),
///     r#"{"iban":"[redacted]","max_tokens":9,"user":{"password":"[redacted]"}}"#
/// );
/// assert_eq!(rules.text("GET https://api.shop/x?key=1 failed"), "GET https://api.shop/x?[redacted] failed");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redaction {
    names: Names,
    bytes_max: usize,
    preview_bytes: usize,
}

impl Default for Redaction {
    fn default() -> Self {
        Self {
            names: Names::default(),
            bytes_max: BYTES_MAX,
            preview_bytes: 0,
        }
    }
}

impl Redaction {
    /// Denies keys that contain this name too.
    #[must_use]
    pub fn deny(mut self, name: impl AsRef<str>) -> Self {
        self.names.deny(name.as_ref());
        self
    }

    /// Shows what stands under this very key, although it contains a listed name.
    #[must_use]
    pub fn allow(mut self, key: impl AsRef<str>) -> Self {
        self.names.allow(key.as_ref());
        self
    }

    /// How many bytes of values or of error texts an event holds at most; 64 KiB where it is not
    /// given.
    #[must_use]
    pub const fn bytes_max(mut self, bytes: usize) -> Self {
        self.bytes_max = bytes;
        self
    }

    /// How many bytes of a value that is too large are shown, as text; none where it is not given.
    #[must_use]
    pub const fn preview_bytes(mut self, bytes: usize) -> Self {
        self.preview_bytes = bytes;
        self
    }

    /// A value as events show it; nothing for `null`, which says nothing.
    ///
    /// What is no JSON is shown as `{"$unserializable":"why"}`.
    pub fn value(&self, json: &str) -> Option<Captured> {
        let shown = match json::redacted(json, &self.names) {
            Ok(shown) if shown == "null" => return None,
            Ok(shown) if shown.len() > self.bytes_max => self.truncated(&shown),
            Ok(shown) => shown,
            Err(why) => return Some(self.unserializable(&why)),
        };
        let captured = Captured::of(shown);
        Some(captured.unwrap_or_else(|| self.unserializable("it is no JSON")))
    }

    /// What events show in the place of a value that cannot be encoded.
    pub fn unserializable(&self, why: &str) -> Captured {
        let why = self.bounded(why, &mut Budget(self.bytes_max));
        Captured::of_value(&serde_json::json!({ "$unserializable": why }))
    }

    fn truncated(&self, shown: &str) -> String {
        let mut truncated = serde_json::json!({ "$truncated": true, "bytes": shown.len() });
        if self.preview_bytes > 0 {
            truncated["preview"] = beginning(shown, self.preview_bytes).into();
        }
        truncated.to_string()
    }

    /// A text as events show it, whatever its length.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        text::redacted(text, &self.names)
    }

    /// A text as events show it, bounded like an error of which it is all.
    pub fn bounded_text(&self, text: &str) -> String {
        self.bounded(text, &mut Budget(self.bytes_max))
    }

    /// An error as events show it: its texts together have at most the bytes that an event may
    /// hold, the message before the rest.
    #[must_use]
    pub fn error(&self, error: &ErrorInfo) -> ErrorInfo {
        let mut budget = Budget(self.bytes_max);
        let message = self.bounded(&error.message, &mut budget);
        let mut chain = Vec::with_capacity(error.chain.len());
        for cause in &error.chain {
            if budget.0 == 0 {
                break;
            }
            chain.push(self.bounded(cause, &mut budget));
        }
        let stack = error.stack.as_deref().filter(|_| budget.0 > 0);
        let stack = stack.map(|stack| self.bounded(stack, &mut budget));
        ErrorInfo {
            message,
            stack,
            chain,
            step_name: error.step_name.clone(),
            attempt: error.attempt,
            kind: error.kind,
            type_name: error.type_name.clone(),
        }
    }

    fn bounded(&self, text: &str, budget: &mut Budget) -> String {
        let shown = self.text(text);
        if shown.len() <= budget.0 {
            budget.0 -= shown.len();
            return shown.into_owned();
        }
        let begin = beginning(&shown, std::mem::take(&mut budget.0));
        format!("{begin}… (cut; it had {} bytes)", shown.len())
    }
}

/// The bytes that are left.
struct Budget(usize);

/// The beginning of a text: at most so many bytes, and whole characters.
fn beginning(text: &str, bytes_max: usize) -> &str {
    let mut end = bytes_max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(rules: &Redaction, value: &str) -> Option<String> {
        rules.value(value).map(|shown| shown.json().to_owned())
    }

    #[test]
    fn a_value_that_is_too_large_is_replaced_as_a_whole() {
        let rules = Redaction::default().bytes_max(20);
        assert_eq!(json(&rules, "[1,2,3]").as_deref(), Some("[1,2,3]"));
        let large = format!("\"{}\"", "é".repeat(10));
        assert_eq!(
            json(&rules, &large).as_deref(),
            Some(r#"{"$truncated":true,"bytes":22}"#)
        );
        assert_eq!(
            json(&rules.preview_bytes(4), &large).as_deref(),
            Some(r#"{"$truncated":true,"bytes":22,"preview":"\"é"}"#)
        );
    }

    #[test]
    fn redaction_comes_before_the_limit() {
        let rules = Redaction::default().bytes_max(30).preview_bytes(100);
        let long = format!(r#"{{"token":"{}"}}"#, "x".repeat(100));
        assert_eq!(
            json(&rules, &long).as_deref(),
            Some(r#"{"token":"[redacted]"}"#)
        );
    }

    #[test]
    fn nothing_is_left_out_and_what_is_no_json_says_so() {
        let rules = Redaction::default();
        assert_eq!(json(&rules, "null"), None);
        for broken in ["{", "\"", "[1", "é", ""] {
            let shown = json(&rules, broken).expect("a value");
            assert!(shown.starts_with(r#"{"$unserializable":"#), "{shown}");
        }
    }

    #[test]
    fn the_texts_of_an_error_share_the_limit() {
        let rules = Redaction::default().bytes_max(30);
        let error = ErrorInfo {
            message: "token=abc".to_owned(),
            chain: vec!["é".repeat(10), "never shown".to_owned()],
            stack: Some("never shown".to_owned()),
            ..ErrorInfo::default()
        };
        let shown = rules.error(&error);
        assert_eq!(shown.message, "token=[redacted]");
        assert_eq!(shown.chain, ["ééééééé… (cut; it had 20 bytes)"]);
        assert_eq!(shown.stack, None);
    }
}
