//! Whether requests are compressed: until the endpoint shows that it cannot read them. A state
//! machine without I/O.

use crate::sift::Refusal;

/// What is known about compressed requests to a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Squeeze {
    /// Nothing is known yet: they are compressed.
    Untried,
    /// A compressed request was accepted, or cannot be what is refused.
    Trusted,
    /// One was refused, for whatever reason: the same is sent as it is.
    Doubted,
    /// They are not compressed.
    Off,
}

/// A request, as far as compression is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pressed {
    /// Too small to be compressed.
    Small,
    /// Compressed.
    Compressed,
    /// Sent as it is, although it is large.
    #[cfg_attr(
        not(any(feature = "http", test)),
        expect(dead_code, reason = "http compresses")
    )]
    Plain,
}

impl Squeeze {
    /// Whether requests are compressed now.
    pub(crate) const fn is_on(self) -> bool {
        match self {
            Self::Untried | Self::Trusted => true,
            Self::Doubted | Self::Off => false,
        }
    }

    /// A request was accepted.
    pub(crate) fn accepted(&mut self, sent: Pressed) {
        *self = match (*self, sent) {
            (Self::Untried | Self::Doubted, Pressed::Compressed) => Self::Trusted,
            // The same as it is was taken: compression was to blame.
            (Self::Doubted, Pressed::Plain) => Self::Off,
            (known, _) => known,
        };
    }

    /// The endpoint does not take the encoding of a request (415). Says whether to send it once
    /// more, as it is.
    pub(crate) fn unsupported(&mut self, sent: Pressed) -> bool {
        let again = sent == Pressed::Compressed;
        if again {
            *self = Self::Off;
        }
        again
    }

    /// The endpoint refused a request's content. Says whether to send it once more, as it is,
    /// before anything is concluded: an endpoint that cannot read a compressed body may well
    /// call it malformed.
    pub(crate) fn refused(&mut self, sent: Pressed, refusal: Refusal) -> bool {
        match (*self, sent, refusal) {
            (Self::Untried, Pressed::Compressed, Refusal::Content) => {
                *self = Self::Doubted;
                true
            }
            (Self::Doubted | Self::Off, Pressed::Compressed, _) => true,
            (Self::Doubted, Pressed::Plain, _) => {
                *self = Self::Trusted;
                false
            }
            (Self::Untried | Self::Trusted | Self::Doubted | Self::Off, _, _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_415_turns_compression_off_for_good() {
        let mut squeeze = Squeeze::Untried;
        assert!(squeeze.is_on());
        assert!(squeeze.unsupported(Pressed::Compressed));
        assert!(!squeeze.is_on());
        assert!(!squeeze.unsupported(Pressed::Plain));
        squeeze.accepted(Pressed::Plain);
        squeeze.accepted(Pressed::Small);
        assert!(!squeeze.is_on());
        assert!(squeeze.refused(Pressed::Compressed, Refusal::Content));
    }

    #[test]
    fn an_endpoint_that_calls_compressed_requests_malformed_gets_them_as_they_are() {
        let mut squeeze = Squeeze::Untried;
        assert!(squeeze.refused(Pressed::Compressed, Refusal::Content));
        squeeze.accepted(Pressed::Small);
        assert!(!squeeze.is_on(), "a small one says nothing");
        squeeze.accepted(Pressed::Plain);
        assert_eq!(squeeze, Squeeze::Off);
    }

    #[test]
    fn content_that_is_refused_either_way_does_not_turn_compression_off() {
        let mut squeeze = Squeeze::Untried;
        assert!(squeeze.refused(Pressed::Compressed, Refusal::Content));
        assert!(!squeeze.refused(Pressed::Plain, Refusal::Content));
        assert!(squeeze.is_on());
        assert!(!squeeze.refused(Pressed::Compressed, Refusal::Content));
    }

    #[test]
    fn compression_that_worked_is_not_doubted() {
        let mut squeeze = Squeeze::Untried;
        squeeze.accepted(Pressed::Compressed);
        assert!(!squeeze.refused(Pressed::Compressed, Refusal::Content));
        assert_eq!(squeeze, Squeeze::Trusted);
    }

    #[test]
    fn what_is_too_large_is_not_sent_larger() {
        let mut squeeze = Squeeze::Untried;
        assert!(!squeeze.refused(Pressed::Compressed, Refusal::TooLarge));
        assert!(squeeze.is_on());
    }
}
