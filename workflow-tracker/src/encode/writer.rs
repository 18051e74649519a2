//! Writes JSON text into memory: what the encoders have in common.

use uuid::Uuid;

use crate::{LoggedEvent, Timestamp};

/// What an envelope takes at most without its names and own fields; only a first guess of a size.
const ENVELOPE_BYTES: usize = 512;

/// The length of `2023-11-14T22:13:20.123Z`.
const INSTANT_BYTES: usize = 24;

/// Why writing does not fail.
const WRITES: &str = "a string or a number into memory cannot fail";

/// A text as JSON.
pub(super) fn json(text: &str) -> String {
    serde_json::to_string(text).expect(WRITES)
}

/// Writes JSON text. It is handed names and punctuation as they are to be written, because most
/// of an event is the same in every event.
pub(super) struct Writer {
    body: Vec<u8>,
    second: Second,
}

impl Writer {
    /// Memory for the body that will hold these events.
    pub(super) fn with_room_for(events: &[LoggedEvent]) -> Self {
        let own: usize = events.iter().map(|event| event.fields.len()).sum();
        Self::with_capacity(own + events.len() * ENVELOPE_BYTES + 16)
    }

    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self {
            body: Vec::with_capacity(bytes),
            second: Second::default(),
        }
    }

    pub(super) fn into_body(self) -> Vec<u8> {
        self.body
    }

    /// Text that is JSON already.
    pub(super) fn plain(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// The same as bytes, as another writer wrote it.
    pub(super) fn bytes(&mut self, json: &[u8]) {
        self.body.extend_from_slice(json);
    }

    /// A value that may hold anything and is escaped.
    pub(super) fn text(&mut self, value: &str) {
        serde_json::to_writer(&mut self.body, value).expect(WRITES);
    }

    pub(super) fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.plain(name);
            self.text(value);
        }
    }

    pub(super) fn id(&mut self, value: Uuid) {
        let mut buffer = Uuid::encode_buffer();
        self.plain("\"");
        self.plain(value.hyphenated().encode_lower(&mut buffer));
        self.plain("\"");
    }

    pub(super) fn number(&mut self, value: u64) {
        serde_json::to_writer(&mut self.body, &value).expect(WRITES);
    }

    pub(super) fn instant(&mut self, value: Timestamp) {
        self.plain("\"");
        self.body.extend_from_slice(&self.second.text_of(value));
        self.plain("\"");
    }

    /// The inside of the object that the log holds.
    pub(super) fn own_fields<'a>(&mut self, fields: &'a str) {
        let inside_of = |object: &'a str| object.strip_prefix('{')?.strip_suffix('}');
        // As this crate writes them they have no space around: looking for it costs more than
        // copying them.
        let inside = inside_of(fields).or_else(|| inside_of(fields.trim()));
        let inside = inside.unwrap_or_default().trim_ascii();
        if !inside.is_empty() {
            self.plain(",");
            self.plain(inside);
        }
    }
}

/// The second that was written last, as text: the next instant mostly lies in the same one.
#[derive(Default)]
struct Second {
    number: Option<u64>,
    text: [u8; INSTANT_BYTES],
}

impl Second {
    fn text_of(&mut self, instant: Timestamp) -> [u8; INSTANT_BYTES] {
        let (number, millis) = (instant.as_millis() / 1_000, instant.as_millis() % 1_000);
        if self.number != Some(number) {
            let text = Timestamp::from_millis(number * 1_000).to_string();
            let text = text.as_bytes().try_into();
            self.text = text.expect("years have four digits, so all instants are of one length");
            self.number = Some(number);
        }
        let mut text = self.text;
        for (place, power) in (INSTANT_BYTES - 4..).zip([100, 10, 1]) {
            text[place] = b"0123456789"[usize::try_from(millis / power % 10).unwrap_or(0)];
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_as_everywhere_else() {
        let mut second = Second::default();
        for millis in [
            0,
            999,
            1_000,
            1_700_000_000_123,
            1_700_000_000_120,
            u64::MAX,
        ] {
            let instant = Timestamp::from_millis(millis);
            assert_eq!(second.text_of(instant), instant.to_string().as_bytes());
        }
    }
}
