//! A denied name with its value: `password=…`, `"token": "…"`, `secret: Some(…)`, `--api-key …`.

use super::{Found, Names, ends_bare, length_while};

/// What may close a quoted name.
const QUOTES: [&str; 4] = ["\\\"", "\"", "'", "`"];

/// What may stand between a name and its value, longer ones first.
const SIGNS: [&str; 5] = ["=>", "==", ":=", "=", ":"];

/// Words before the credentials themselves.
const SCHEMES: [&str; 4] = ["bearer", "basic", "token", "digest"];

/// The value after a denied name.
pub(super) fn find(name: &str, after: &str, names: &Names) -> Option<Found> {
    let flag = name.starts_with("--");
    let announced = separator(after, flag)?;
    if !names.denies(name) {
        return None;
    }
    let value = &after[announced..];
    let (quote, length) = value_length(name, value);
    (length > 0).then_some(Found {
        announced: announced + quote,
        length,
    })
}

/// How long it is from the name to its value.
fn separator(after: &str, flag: bool) -> Option<usize> {
    let mut rest = after;
    for closing in QUOTES {
        if let Some(unquoted) = rest.strip_prefix(closing) {
            rest = unquoted;
            break;
        }
    }
    let closed = rest.strip_prefix(']').unwrap_or(rest);
    let rest = closed.trim_start_matches([' ', '\t']);
    let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
    let Some(sign) = sign.filter(|_| !rest.starts_with("::") && !rest.starts_with("://")) else {
        let is_flag = flag && rest.len() < closed.len();
        return is_flag.then(|| after.len() - rest.len());
    };
    let value = rest[sign.len()..].trim_start_matches([' ', '\t']);
    Some(after.len() - value.len())
}

/// How long the quote is before a value, and the value itself.
fn value_length(name: &str, value: &str) -> (usize, usize) {
    for quote in ["\\\"", "\"", "'", "`"] {
        if let Some(inside) = value.strip_prefix(quote) {
            return (quote.len(), quoted(inside, quote));
        }
    }
    let name = name.to_lowercase();
    if name.contains("authorization") || name.contains("cookie") {
        return (
            0,
            length_while(value, |letter| !matches!(letter, '\n' | '\r' | '"')),
        );
    }
    let word = length_while(value, |letter| {
        letter.is_alphanumeric() || matches!(letter, '_' | ':' | '.')
    });
    let gap = length_while(&value[word..], |letter| letter == ' ');
    let begin = word + gap;
    if value[begin..].starts_with(['(', '{', '[']) {
        return (0, begin + bracketed(&value[begin..]));
    }
    let bare = length_while(value, |letter| !ends_bare(letter));
    if gap > 0 && SCHEMES.contains(&value[..word].to_lowercase().as_str()) {
        return (
            0,
            begin + length_while(&value[begin..], |letter| !ends_bare(letter)),
        );
    }
    (0, bare)
}

/// How long a text is up to its closing quote, or all of it where there is none.
fn quoted(inside: &str, quote: &str) -> usize {
    let mut at = 0;
    while let Some(found) = inside[at..].find(['\\', '"', '\'', '`']) {
        at += found;
        if inside[at..].starts_with(quote) {
            return at;
        }
        let escaped = usize::from(inside[at..].starts_with('\\'));
        let next = inside[at + escaped..].chars().next();
        at += escaped + next.map_or(0, char::len_utf8);
    }
    inside.len()
}

/// How long it is up to the bracket that closes the first one, or all of it where none does.
fn bracketed(value: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(letter) = value[at..].chars().next() {
        at += letter.len_utf8();
        match letter {
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => depth -= 1,
            '"' => at += (quoted(&value[at..], "\"") + 1).min(value.len() - at),
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    value.len()
}
