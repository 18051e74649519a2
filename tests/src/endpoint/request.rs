//! One request as it came: head, body, and the events in it.

use std::io::{self, Read as _};
use std::net::TcpStream;
use std::time::Instant;

use flate2::read::GzDecoder;
use serde_json::Value;
use uuid::Uuid;

/// An event as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveredEvent {
    /// Its id.
    pub event_id: Uuid,
    /// Its run.
    pub run_id: Uuid,
    /// Its place in the run.
    pub seq: u64,
    /// Its type.
    pub event_type: String,
    /// Its bytes, as they came.
    pub bytes: String,
    /// Whether the endpoint is told that it gets less than the whole: payloads are left out.
    pub truncated: bool,
    /// The same, where nothing but the event's place is left.
    pub tombstone: bool,
}

impl DeliveredEvent {
    /// Whether it is all that was logged.
    pub const fn is_whole(&self) -> bool {
        !self.truncated && !self.tombstone
    }
}

/// A request as it was received.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its number, from 0, in the order of arrival.
    pub number: usize,
    /// Which connection it came on, from 0.
    pub connection: usize,
    /// When it was complete.
    pub at: Instant,
    /// When its answer was ready; `None` where there was none, or not yet.
    pub answered_at: Option<Instant>,
    /// How many bytes of the answer the other side's socket took.
    pub answer_length: usize,
    /// The status of the answer, where one was sent with its whole head.
    pub status: Option<u16>,
    /// Method, path and version.
    pub request_line: String,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, after it was decompressed where it had to be.
    pub body: Vec<u8>,
    /// How many bytes it had as it came.
    pub body_length: usize,
    /// The events in the body.
    pub events: Vec<DeliveredEvent>,
}

impl Received {
    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(other, _)| other == name)?;
        Some(value)
    }

    /// Whether the answer said that the events arrived.
    pub fn is_acknowledged(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }
}

/// Reads one request, all but the last byte of its body, which is only looked at: as long as it
/// is not taken, closing the connection resets it. `None` where the connection ended.
pub(super) fn read(stream: &mut TcpStream) -> io::Result<Option<Received>> {
    let Some(head) = read_head(stream)? else {
        return Ok(None);
    };
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.split("\r\n");
    let request_line = lines.next().unwrap_or_default().to_owned();
    let headers: Vec<_> = lines.filter_map(|line| line.split_once(':')).collect();
    let headers: Vec<_> = headers
        .into_iter()
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .and_then(|(_, value)| value.parse().ok());
    let sent = read_body(stream, length.unwrap_or(0))?;
    let body_length = sent.len();
    let compressed = headers
        .iter()
        .any(|(name, value)| name == "content-encoding" && value == "gzip");
    let body = if compressed { inflate(&sent)? } else { sent };
    Ok(Some(Received {
        number: 0,
        connection: 0,
        at: Instant::now(),
        answered_at: None,
        answer_length: 0,
        status: None,
        events: events_in(&body),
        request_line,
        headers,
        body,
        body_length,
    }))
}

/// Everything up to the empty line, and nothing beyond.
fn read_head(stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let available = stream.peek(&mut buffer)?;
        if available == 0 {
            return Ok(None);
        }
        let before = head.len();
        head.extend_from_slice(&buffer[..available]);
        let end = head.windows(4).position(|window| window == b"\r\n\r\n");
        let taken = end.map_or(available, |end| end + 4 - before);
        stream.read_exact(&mut buffer[..taken])?;
        if let Some(end) = end {
            head.truncate(end);
            return Ok(Some(head));
        }
    }
}

fn read_body(stream: &mut TcpStream, length: usize) -> io::Result<Vec<u8>> {
    let mut body = vec![0; length];
    if let Some((last, rest)) = body.split_last_mut() {
        stream.read_exact(rest)?;
        if stream.peek(std::slice::from_mut(last))? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(body)
}

/// The last byte of the body is taken only after this; but it was looked at, so all are here.
fn inflate(sent: &[u8]) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    GzDecoder::new(sent).read_to_end(&mut body)?;
    Ok(body)
}

/// Takes the last byte of a body.
pub(super) fn take_last_byte(stream: &mut TcpStream, received: &Received) -> io::Result<()> {
    if received.body_length == 0 {
        return Ok(());
    }
    stream.read_exact(&mut [0])
}

/// The events of a body `{"events":[…]}`; none where it is something else.
fn events_in(body: &[u8]) -> Vec<DeliveredEvent> {
    let text = String::from_utf8_lossy(body);
    let list = text
        .strip_prefix("{\"events\":[")
        .and_then(|rest| rest.strip_suffix("]}"));
    objects(list.unwrap_or_default())
        .into_iter()
        .filter_map(event)
        .collect()
}

fn event(bytes: &str) -> Option<DeliveredEvent> {
    let value: Value = serde_json::from_str(bytes).ok()?;
    let id = |name: &str| Uuid::parse_str(value[name].as_str()?).ok();
    Some(DeliveredEvent {
        event_id: id("eventId")?,
        run_id: id("runId")?,
        seq: value["seq"].as_u64()?,
        event_type: value["type"].as_str()?.to_owned(),
        truncated: value["truncated"] == true,
        tombstone: value["tombstone"] == true,
        bytes: bytes.to_owned(),
    })
}

/// The objects in the inside of a JSON list of objects, each as it is written there.
fn objects(list: &str) -> Vec<&str> {
    let (mut depth, mut start, mut in_text, mut escaped) = (0_usize, 0, false, false);
    let mut found = Vec::new();
    for (at, byte) in list.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' => {
                if depth == 0 {
                    start = at;
                }
                depth += 1;
            }
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    found.push(&list[start..=at]);
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_as_they_are_written() {
        let list = r#"{"a":{"b":"}\"{"}} , {"c":"\\"},{}"#;
        let expected = [r#"{"a":{"b":"}\"{"}}"#, r#"{"c":"\\"}"#, "{}"];
        assert_eq!(objects(list), expected);
        assert!(objects("").is_empty());
    }
}
