//! What a lane asks an endpoint, and what follows from the answer: the words that the driver shares.

use crate::Form;

/// Why a request's content was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The request is too large.
    TooLarge,
    /// Something in it is not accepted.
    Content,
}

/// What a lane asks the endpoint next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Portion {
    /// The next events, at most so many.
    Next(usize),
    /// The next event alone.
    Alone(Form),
    /// The next event of another run than that of the next event.
    OtherRun,
}

/// What was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) portion: Portion,
    pub(crate) events: usize,
    /// The position of the last event.
    pub(crate) last: u64,
}

impl Sent {
    /// Whether the events are delivered if this is accepted.
    pub(crate) const fn delivers(&self) -> bool {
        match self.portion {
            Portion::Next(_) | Portion::Alone(Form::Whole | Form::Truncated) => true,
            Portion::Alone(Form::Tombstone) | Portion::OtherRun => false,
        }
    }
}

/// What a lane does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Do {
    /// Ask this.
    Ask(Portion),
    /// Put the event at this position aside: it is proven to be at fault.
    PutAside(u64),
}

/// What follows from a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Ask on at once.
    GoOn,
    /// Nothing is accepted, so nothing is proven: ask again after a while.
    Contract,
}
