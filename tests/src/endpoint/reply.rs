//! How an endpoint answers one request.

use std::time::Duration;

/// An answer, or what happens instead.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(super) delay: Duration,
    pub(super) bytes: Vec<u8>,
    pub(super) ending: Ending,
    pub(super) status: Option<u16>,
}

/// What follows the bytes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The connection stays open for the next request.
    KeepAlive,
    /// The connection is closed.
    Close,
    /// The connection is reset.
    Reset,
    /// Nothing, for ever.
    Silence,
    /// A byte of body each time this much has passed, for ever.
    Drip(Duration),
    /// The same again and again, as fast as it is taken.
    Flood(&'static str),
}

impl Reply {
    /// A complete answer without a body.
    pub fn status(status: u16) -> Self {
        Self::with_body(status, "")
    }

    /// A complete answer.
    pub fn with_body(status: u16, body: &str) -> Self {
        let length = body.len();
        let head = format!("HTTP/1.1 {status} Scripted\r\nContent-Length: {length}\r\n\r\n");
        Self {
            delay: Duration::ZERO,
            bytes: [head.as_bytes(), body.as_bytes()].concat(),
            ending: Ending::KeepAlive,
            status: Some(status),
        }
    }

    /// No answer, ever.
    pub fn hang() -> Self {
        Self::raw("", Ending::Silence)
    }

    /// The end of the connection in place of an answer.
    pub fn close() -> Self {
        Self::raw("", Ending::Close)
    }

    /// A reset of the connection in place of an answer.
    pub fn reset() -> Self {
        Self::raw("", Ending::Reset)
    }

    /// Something that is no HTTP.
    pub fn garbage() -> Self {
        Self::raw("SSH-2.0-OpenSSH_9.2\r\n\x00\x01\x02", Ending::Close)
    }

    /// A complete head, and a body that comes a byte at a time and never ends.
    pub fn slow_body(status: u16, every: Duration) -> Self {
        let head = format!("HTTP/1.1 {status} Scripted\r\nContent-Length: 1000000000\r\n\r\n");
        let raw = Self::raw(&head, Ending::Drip(every));
        Self {
            status: Some(status),
            ..raw
        }
    }

    /// A complete head, and a body that never ends and comes as fast as it is taken.
    pub fn endless_body(status: u16) -> Self {
        let slow = Self::slow_body(status, Duration::ZERO);
        let ending = Ending::Flood("....................................");
        Self { ending, ..slow }
    }

    /// Headers that never end, and come as fast as they are taken.
    pub fn endless_head() -> Self {
        let ending = Ending::Flood("X-More: ............................\r\n");
        Self::raw("HTTP/1.1 200 Scripted\r\n", ending)
    }

    fn raw(bytes: &str, ending: Ending) -> Self {
        Self {
            delay: Duration::ZERO,
            bytes: bytes.as_bytes().to_vec(),
            ending,
            status: None,
        }
    }

    /// The same with another header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let line = format!("{name}: {value}\r\n");
        let first_header = self.bytes.iter().position(|byte| *byte == b'\n');
        let at = first_header.map_or(self.bytes.len(), |end| end + 1);
        self.bytes.splice(at..at, line.into_bytes());
        self
    }

    /// The same after a while.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Only the first bytes of it, and then the end of the connection.
    #[must_use]
    pub fn cut_after_bytes(self, bytes: usize) -> Self {
        self.only(bytes, Ending::Close)
    }

    /// Only the first bytes of it, and then a reset of the connection.
    #[must_use]
    pub fn reset_after_bytes(self, bytes: usize) -> Self {
        self.only(bytes, Ending::Reset)
    }

    fn only(mut self, bytes: usize, ending: Ending) -> Self {
        self.bytes.truncate(bytes);
        self.ending = ending;
        let whole_head = self.bytes.windows(4).any(|window| window == b"\r\n\r\n");
        self.status = self.status.filter(|_| whole_head);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_follow_the_status_line() {
        let reply = Reply::with_body(429, "no").header("Retry-After", "1");
        let expected = "HTTP/1.1 429 Scripted\r\nRetry-After: 1\r\nContent-Length: 2\r\n\r\nno";
        assert_eq!(String::from_utf8_lossy(&reply.bytes), expected);
    }

    #[test]
    fn an_answer_counts_only_with_its_whole_head() {
        let reply = Reply::with_body(200, "body");
        assert_eq!(reply.clone().cut_after_bytes(20).status, None);
        let head = reply.bytes.len() - 4;
        assert_eq!(reply.cut_after_bytes(head).status, Some(200));
    }
}
