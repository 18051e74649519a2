//! How far the proof is that an event is at fault, and where each answer leads.

use super::{Refusal, Then};
use crate::Form;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing was refused.
    #[default]
    Calm,
    /// Something up to `until` was refused; so many events are asked next.
    Halving {
        until: u64,
        events: usize,
        refusal: Refusal,
    },
    /// The next event is asked alone, in this form.
    Alone { form: Form, round: Round },
    /// The next event was refused, and an event of another run is asked.
    OtherRun(Round),
    /// All that was asked was refused.
    Contract,
    /// The event at `pos` is to be put aside.
    Proven { pos: u64 },
}

/// What was found out before the next event is asked alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Round {
    /// Nothing: the endpoint may well accept everything else.
    First,
    /// The endpoint refused whatever it was asked.
    Again,
    /// It has accepted an event of another run since.
    Witnessed,
    /// It has accepted the event's tombstone since.
    Buried,
}

impl Stage {
    pub(super) const fn whole(round: Round) -> Self {
        Self::Alone {
            form: Form::Whole,
            round,
        }
    }

    /// What the next event is asked for now.
    pub(super) const fn round(self) -> Round {
        match self {
            Self::Alone { round, .. } | Self::OtherRun(round) => round,
            Self::Contract => Round::Again,
            Self::Calm | Self::Halving { .. } | Self::Proven { .. } => Round::First,
        }
    }

    /// Whether to ask on at once.
    pub(super) const fn then(self) -> Then {
        match self {
            Self::Contract => Then::Contract,
            Self::Calm
            | Self::Halving { .. }
            | Self::Alone { .. }
            | Self::OtherRun(_)
            | Self::Proven { .. } => Then::GoOn,
        }
    }
}

impl Round {
    /// The event at `pos` was refused alone: what would prove that it is at fault?
    pub(super) const fn guilty(self, pos: u64) -> Stage {
        match self {
            Self::First | Self::Witnessed => Stage::Alone {
                form: Form::Tombstone,
                round: self,
            },
            Self::Again => Stage::OtherRun(Self::Again),
            Self::Buried => Stage::Proven { pos },
        }
    }

    /// The tombstone of the event at `pos` was accepted.
    pub(super) const fn buried(self, pos: u64) -> Stage {
        match self {
            Self::First | Self::Witnessed | Self::Buried => Stage::Proven { pos },
            Self::Again => Stage::whole(Self::Buried),
        }
    }

    /// The tombstone of the event at `pos` was refused too.
    pub(super) const fn not_buried(self, pos: u64) -> Stage {
        match self {
            Self::First => Stage::OtherRun(Self::First),
            Self::Again => Stage::Contract,
            Self::Witnessed | Self::Buried => Stage::Proven { pos },
        }
    }

    /// No event of another run was accepted.
    pub(super) const fn without_witness(self) -> Stage {
        match self {
            Self::First => Stage::Contract,
            Self::Again | Self::Witnessed | Self::Buried => Stage::Alone {
                form: Form::Tombstone,
                round: Self::Again,
            },
        }
    }
}
