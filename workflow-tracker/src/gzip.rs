//! Compresses the bodies of requests, in memory that is used again and again.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use flate2::{Compress, Compression as Level, FlushCompress, Status};

/// Smaller bodies are sent as they are: a packet is not filled more often than once.
pub(crate) const LARGE: usize = 1_024;

/// The value of the header `Content-Encoding`.
pub(crate) const NAME: &str = "gzip";

/// How far back repetitions are found: 32 KiB, the most that gzip can.
const WINDOW_BITS: u8 = 15;

/// Compresses one body after the other.
///
/// A compressor needs some 300 KB. Whoever makes one for each request has the system clear that
/// much and take it back again, which costs several times what compressing does.
#[derive(Default)]
pub(crate) struct Press(Mutex<Option<Machine>>);

struct Machine {
    compress: Compress,
    out: Vec<u8>,
}

impl Press {
    /// The body, compressed. The same bytes give the same bytes.
    pub(crate) fn compressed(&self, body: &[u8]) -> Bytes {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // It is put back only after it has worked, so that what a panic broke is not used again.
        let mut machine = held.take().unwrap_or_default();
        let pressed = machine.run(body);
        *held = Some(machine);
        pressed
    }
}

impl fmt::Debug for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Press")
    }
}

impl Default for Machine {
    fn default() -> Self {
        Self {
            // Events repeat names and ids, so even the fastest level takes most of them away.
            compress: Compress::new_gzip(Level::fast(), WINDOW_BITS),
            out: Vec::new(),
        }
    }
}

impl Machine {
    fn run(&mut self, body: &[u8]) -> Bytes {
        self.compress.reset();
        self.out.clear();
        let mut rest = body;
        loop {
            self.out.reserve(body.len() / 4 + 64);
            let before = self.compress.total_in();
            let done = self
                .compress
                .compress_vec(rest, &mut self.out, FlushCompress::Finish)
                .expect("compressing into memory cannot fail");
            if done == Status::StreamEnd {
                return Bytes::copy_from_slice(&self.out);
            }
            let taken = usize::try_from(self.compress.total_in() - before);
            rest = &rest[taken.expect("no more is taken than was given")..];
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn unpacked(pressed: &[u8]) -> Vec<u8> {
        let mut back = Vec::new();
        let read = flate2::read::GzDecoder::new(pressed).read_to_end(&mut back);
        read.expect("a whole stream");
        back
    }

    #[test]
    fn what_was_compressed_comes_back_and_is_much_smaller() {
        let press = Press::default();
        let body = r#"{"specVersion":1,"type":"step.completed"},"#.repeat(1_000);
        let pressed = press.compressed(body.as_bytes());
        assert!(pressed.len() < body.len() / 10, "{} bytes", pressed.len());
        assert_eq!(unpacked(&pressed), body.as_bytes());
    }

    #[test]
    fn nothing_of_an_earlier_body_shows_in_a_later_one() {
        let press = Press::default();
        let mut rng = fastrand::Rng::with_seed(7);
        let mut noise = |bytes| -> Vec<u8> { (0..bytes).map(|_| rng.u8(..)).collect() };
        // Noise does not become smaller, so the room for it has to grow.
        for body in [noise(200_000), Vec::new(), b"x".repeat(70_000), noise(9)] {
            let pressed = press.compressed(&body);
            assert_eq!(unpacked(&pressed), body);
            assert_eq!(pressed, Press::default().compressed(&body));
        }
    }
}
