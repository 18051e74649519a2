//! Finds what looks like a secret in free text.

mod pair;
mod url;

use std::borrow::Cow;

use super::REDACTED;
use super::names::Names;

/// The text with what looks like a secret replaced.
pub(super) fn redacted<'a>(text: &'a str, names: &Names) -> Cow<'a, str> {
    let mut scan = Scan {
        rest: text,
        shown: String::with_capacity(text.len()),
    };
    while !scan.rest.is_empty() {
        scan.step(names);
    }
    if scan.shown == text {
        return Cow::Borrowed(text);
    }
    Cow::Owned(scan.shown)
}

struct Scan<'a> {
    rest: &'a str,
    shown: String,
}

impl Scan<'_> {
    fn step(&mut self, names: &Names) {
        if self.rest.starts_with("://") {
            return self.url();
        }
        if self.rest.starts_with("-----BEGIN ") {
            return self.block();
        }
        match length_while(self.rest, is_of_name) {
            0 => self.keep(self.rest.chars().next().map_or(1, char::len_utf8)),
            length => self.word(length, names),
        }
    }

    /// A word that may announce a secret, or be one.
    fn word(&mut self, length: usize, names: &Names) {
        let (word, after) = self.rest.split_at(length);
        if is_web_token(word) {
            return self.hide(length);
        }
        if let Some(found) = scheme(word, after).or_else(|| pair::find(word, after, names)) {
            self.keep(length + found.announced);
            return self.hide(found.length);
        }
        self.keep(length);
    }

    /// What follows a url's scheme: the user part goes, and the query.
    fn url(&mut self) {
        let url = url::read(&self.rest[3..]);
        self.keep(3);
        if url.user > 0 {
            self.hide(url.user);
        }
        self.keep(url.place);
        if url.query > 0 {
            // The `?` or `#` stays.
            self.keep(1);
            self.hide(url.query - 1);
        }
    }

    /// A block of PEM: only certificates and public keys may be seen.
    fn block(&mut self) {
        let end = self.rest.find("-----END ").map(|end| {
            let last = &self.rest[end + 9..];
            end + 9 + last.find("-----").map_or(last.len(), |dashes| dashes + 5)
        });
        let length = end.unwrap_or(self.rest.len());
        if self.rest[..length].contains("PRIVATE KEY") {
            self.hide(length);
        } else {
            self.keep("-----BEGIN ".len());
        }
    }

    fn keep(&mut self, bytes: usize) {
        let (kept, rest) = self.rest.split_at(bytes);
        self.shown.push_str(kept);
        self.rest = rest;
    }

    fn hide(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
        self.shown.push_str(REDACTED);
    }
}

/// A secret after the word that announces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Found {
    /// How many bytes lie between the word and the secret.
    announced: usize,
    /// How long the secret is.
    length: usize,
}

/// The credentials after `Bearer` or `Basic`.
fn scheme(word: &str, after: &str) -> Option<Found> {
    let announced = length_while(after, |letter| letter == ' ');
    let length = length_while(&after[announced..], |letter| !ends_bare(letter));
    let credentials = &after[announced..announced + length];
    let found = word.eq_ignore_ascii_case("bearer")
        || (word.eq_ignore_ascii_case("basic") && looks_encoded(credentials));
    (found && announced > 0 && length > 0).then_some(Found { announced, length })
}

/// Whether it is no word of a sentence: `Basic dXNlcjpw` is a secret, "basic things" are none.
fn looks_encoded(word: &str) -> bool {
    let is_odd = |letter: char| !letter.is_ascii_lowercase();
    word.len() >= 8 && word.chars().skip(1).any(is_odd)
}

/// Three parts, of which the first is an object in base64.
fn is_web_token(word: &str) -> bool {
    word.starts_with("eyJ") && word.len() > 20 && word.matches('.').count() >= 2
}

/// The letters of names: with those of paths and flags, so that `user.password` is one.
fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.')
}

/// What a value without quotes cannot hold.
fn ends_bare(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(
            letter,
            ',' | ';' | '&' | '"' | '\'' | '`' | '\\' | '<' | '>' | ')' | '}' | '|'
        )
}

/// How many bytes of `text` are such letters, from its beginning.
fn length_while(text: &str, is_such: impl Fn(char) -> bool) -> usize {
    text.find(|letter| !is_such(letter)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests;
