//! The names whose values are secrets, and how a key is compared with them.

use std::collections::BTreeSet;

/// What is denied unless told otherwise.
const DENIED: [&str; 15] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "jwt",
    "authorization",
    "cookie",
    "credential",
    "api_key",
    "access_key",
    "private_key",
    "cvv",
    "cvc",
];

/// A name of so many letters is found anywhere in a key; a shorter one only as whole words.
const ANYWHERE_FROM: usize = 5;

/// Names of secrets, and keys that are none although they look so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names {
    denied: BTreeSet<String>,
    allowed: BTreeSet<String>,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            denied: DENIED.iter().map(|name| Letters::of(name).text).collect(),
            allowed: BTreeSet::new(),
        }
    }
}

impl Names {
    pub(super) fn deny(&mut self, name: &str) {
        let letters = Letters::of(name).text;
        if !letters.is_empty() {
            self.denied.insert(letters);
        }
    }

    pub(super) fn allow(&mut self, key: &str) {
        self.allowed.insert(Letters::of(key).text);
    }

    /// Whether what stands under this key is a secret.
    pub(super) fn denies(&self, key: &str) -> bool {
        let letters = Letters::of(key);
        let found = self.denied.iter().any(|name| letters.hold(name));
        found && !self.allowed.contains(&letters.text)
    }
}

/// The letters and digits of a key in lower case, and where its words begin.
struct Letters {
    text: String,
    words: Vec<usize>,
}

impl Letters {
    fn of(key: &str) -> Self {
        let mut letters = Self {
            text: String::with_capacity(key.len()),
            words: Vec::new(),
        };
        let mut before = ' ';
        let mut rest = key.chars().peekable();
        while let Some(letter) = rest.next() {
            if letter.is_alphanumeric() {
                let next_is_small = rest.peek().is_some_and(|next| next.is_lowercase());
                if begins_word(before, letter, next_is_small) {
                    letters.words.push(letters.text.len());
                }
                letters.text.extend(letter.to_lowercase());
            }
            before = letter;
        }
        letters.words.push(letters.text.len());
        letters
    }

    fn hold(&self, name: &str) -> bool {
        if name.len() >= ANYWHERE_FROM {
            return self.text.contains(name);
        }
        let is_border = |at: usize| self.words.binary_search(&at).is_ok();
        let mut found = self.text.match_indices(name);
        found.any(|(at, _)| is_border(at) && is_border(at + name.len()))
    }
}

/// Whether `letter` begins a word: after a separator, at `aB`, and at the `B` of `AABb`.
fn begins_word(before: char, letter: char, next_is_small: bool) -> bool {
    !before.is_alphanumeric()
        || (letter.is_uppercase() && (!before.is_uppercase() || next_is_small))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_name_is_found_whatever_its_case_and_separators() {
        let names = Names::default();
        for key in [
            "password",
            "PASSWORD",
            "dbPassword",
            "db_password_2",
            "x-api-key",
            "apikey",
            "API Key",
            "accessToken",
            "secrets",
            "Set-Cookie",
            "aws.private-key",
            "userPwd",
            "PWD",
            "HTTPPwd",
            "cvc",
        ] {
            assert!(names.denies(key), "{key}");
        }
        for key in [
            "",
            "order",
            "pass",
            "key",
            "author",
            "pwdless",
            "privateKind",
        ] {
            assert!(!names.denies(key), "{key}");
        }
    }

    #[test]
    fn the_list_can_be_longer_and_have_exceptions() {
        let mut names = Names::default();
        names.deny("pin");
        names.deny("IBAN-number");
        names.deny("--");
        names.allow("max_tokens");
        for key in ["pin", "cardPin", "PIN_2", "ibanNumber"] {
            assert!(names.denies(key), "{key}");
        }
        for key in ["shipping", "pinned", "maxTokens", "max-tokens", "", "id"] {
            assert!(!names.denies(key), "{key}");
        }
        assert!(names.denies("max_tokens_secret"));
    }
}
