//! Compresses the bodies of requests.

use std::io::Write as _;

use flate2::Compression as Level;
use flate2::write::GzEncoder;

/// Smaller bodies are sent as they are: a packet is not filled more often than once.
pub(crate) const LARGE: usize = 1_024;

/// The value of the header `Content-Encoding`.
pub(crate) const NAME: &str = "gzip";

/// The body, compressed. The same bytes give the same bytes.
pub(crate) fn compressed(body: &[u8]) -> Vec<u8> {
    // Events repeat names and ids, so even the fastest level takes most of them away.
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Level::fast());
    let written = encoder.write_all(body).and_then(|()| encoder.finish());
    written.expect("writing into memory cannot fail")
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn what_was_compressed_comes_back_and_is_much_smaller() {
        let body = r#"{"specVersion":1,"type":"step.completed"},"#.repeat(1_000);
        let pressed = compressed(body.as_bytes());
        assert!(pressed.len() < body.len() / 10, "{} bytes", pressed.len());
        assert_eq!(pressed, compressed(body.as_bytes()));
        let mut back = String::new();
        let read = flate2::read::GzDecoder::new(&*pressed).read_to_string(&mut back);
        read.expect("a whole stream");
        assert_eq!(back, body);
    }
}
