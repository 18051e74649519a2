//! The parts of a url in a text.

use super::length_while;

/// The lengths of the parts after `://`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// User and password, without the `@`.
    pub(super) user: usize,
    /// What follows up to the query, with the `@`.
    pub(super) place: usize,
    /// The query with its `?`, or the fragment with its `#`, and all that follows.
    pub(super) query: usize,
}

/// Reads what follows `://`. A text's own marks after the url are not part of it.
pub(super) fn read(after: &str) -> Url {
    let length = length_while(after, |letter| !ends_url(letter));
    let url = after[..length].trim_end_matches([')', ',', '.', ';', ':', '!']);
    let user = user_length(url);
    let place = length_while(&url[user..], |letter| !matches!(letter, '?' | '#'));
    let query = url.len() - user - place;
    Url {
        user,
        place,
        // A `?` alone is the text's own mark.
        query: if query > 1 { query } else { 0 },
    }
}

/// The user part ends at the last `@` of the authority. A password may hold what ends the
/// authority; then what should be a port is no number.
fn user_length(url: &str) -> usize {
    let authority = &url[..length_while(url, |letter| !matches!(letter, '/' | '?' | '#'))];
    if let Some(at) = authority.rfind('@') {
        return at;
    }
    let port = authority.rsplit_once(':').map_or("", |(_, port)| port);
    if port.chars().all(|digit| digit.is_ascii_digit()) {
        return 0;
    }
    url.rfind('@').unwrap_or(0)
}

fn ends_url(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(
            letter,
            '"' | '\'' | '`' | '\\' | '<' | '>' | '{' | '}' | '|'
        )
}
