//! Which of a lane's events an endpoint refuses, found by asking less and less. A state machine
//! without clock and without I/O.
//!
//! A refused request is halved until one event is refused alone. That event is passed only with a
//! proof that it is the event, and not the endpoint, that is at fault: the endpoint accepts its
//! tombstone, or an event of another run.
//!
//! An endpoint that refused all three may have been mended between two requests. So from then on
//! an event is at fault only if it is refused *after* something else was accepted.

mod asking;
#[cfg(test)]
mod bench;
mod fits;
mod stage;
#[cfg(test)]
mod tests;

use crate::Form;

pub(crate) use asking::{Do, Portion, Refusal, Sent, Then};
use fits::Fits;
use stage::{Round, Stage};

/// What is known about refusals in one lane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sift {
    stage: Stage,
    fits: Fits,
}

impl Sift {
    /// What to do next; a request may hold `events_max` events.
    pub(crate) fn next(&self, events_max: usize) -> Do {
        let most = self.fits.at_most(events_max);
        Do::Ask(match self.stage {
            Stage::Calm => Portion::Next(most),
            Stage::Halving { events, .. } => Portion::Next(events.min(most)),
            Stage::Alone { form, .. } => Portion::Alone(form),
            Stage::OtherRun(_) => Portion::OtherRun,
            Stage::Contract => Portion::Alone(Form::Whole),
            Stage::Proven { pos } => return Do::PutAside(pos),
        })
    }

    /// The endpoint accepted what was sent.
    pub(crate) fn accepted(&mut self, sent: Sent) {
        self.stage = match (sent.portion, self.stage) {
            (
                Portion::Next(_),
                Stage::Halving {
                    until,
                    events,
                    refusal,
                },
            ) if sent.last < until => Stage::Halving {
                until,
                refusal,
                events: match refusal {
                    Refusal::TooLarge => events,
                    // The guilty one is among those that are left.
                    Refusal::Content => half(distance(sent.last, until)),
                },
            },
            (Portion::Alone(Form::Tombstone), stage) => stage.round().buried(sent.last),
            (Portion::OtherRun, _) => Stage::whole(Round::Witnessed),
            (Portion::Next(_) | Portion::Alone(Form::Whole | Form::Truncated), _) => Stage::Calm,
        };
        self.fits.accepted();
    }

    /// The endpoint refused the content of what was sent.
    pub(crate) fn refused(&mut self, sent: Sent, refusal: Refusal) -> Then {
        if sent.events > 1 {
            self.halve(sent, refusal);
            return Then::GoOn;
        }
        if refusal == Refusal::TooLarge {
            self.fits.one_is_too_large();
        }
        let round = self.stage.round();
        self.stage = match (sent.portion, refusal) {
            (Portion::Next(_) | Portion::Alone(Form::Whole), Refusal::TooLarge)
                if round != Round::Buried =>
            {
                Stage::Alone {
                    form: Form::Truncated,
                    round,
                }
            }
            (Portion::Next(_) | Portion::Alone(Form::Whole | Form::Truncated), _) => {
                round.guilty(sent.last)
            }
            (Portion::Alone(Form::Tombstone), _) => round.not_buried(sent.last),
            (Portion::OtherRun, _) => round.without_witness(),
        };
        self.stage.then()
    }

    fn halve(&mut self, sent: Sent, refusal: Refusal) {
        let events = half(sent.events);
        if refusal == Refusal::TooLarge {
            match self.stage {
                Stage::Halving { .. } => self.fits.search_on(events),
                Stage::Calm
                | Stage::Alone { .. }
                | Stage::OtherRun(_)
                | Stage::Contract
                | Stage::Proven { .. } => self.fits.search(events),
            }
        }
        self.stage = Stage::Halving {
            until: sent.last,
            events,
            refusal,
        };
    }

    /// There is nothing that the event could lose but everything.
    pub(crate) fn nothing_to_truncate(&mut self) {
        if let Stage::Alone { form, .. } = &mut self.stage {
            *form = Form::Tombstone;
        }
    }

    /// There is no event of another run in the lane.
    pub(crate) const fn no_other_run(&mut self) -> Then {
        self.stage = self.stage.round().without_witness();
        self.stage.then()
    }

    /// An event of another run was accepted elsewhere. Says whether it is worth to ask again now.
    pub(crate) fn witness(&mut self) -> bool {
        let waits = self.stage == Stage::Contract;
        if waits {
            self.stage = Stage::whole(Round::Witnessed);
        }
        waits
    }

    /// The destination refuses for another reason: what was found out may not hold afterwards.
    /// Says whether it was about to be asked for a proof, which it is not any more.
    pub(crate) const fn doubt(&mut self) -> bool {
        let proving = match self.stage {
            Stage::Alone { .. } | Stage::OtherRun(_) | Stage::Contract => true,
            Stage::Calm | Stage::Halving { .. } | Stage::Proven { .. } => false,
        };
        if proving {
            self.stage = Stage::Contract;
        }
        proving
    }

    /// The next events have been passed without being sent.
    pub(crate) fn passed(&mut self) {
        self.stage = Stage::Calm;
    }
}

fn distance(from: u64, to: u64) -> usize {
    usize::try_from(to - from).unwrap_or(usize::MAX)
}

/// The larger half, of at least one.
const fn half(events: usize) -> usize {
    if events > 1 { events.div_ceil(2) } else { 1 }
}
