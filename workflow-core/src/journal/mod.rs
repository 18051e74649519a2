//! The journal: a run's log as replay reads it, turn by turn.
//!
//! In turn *t* of a replay only results recorded in turns up to *t* are released, one after the
//! other in the order of the log; when they are taken and the poll has returned, the body is
//! polled for the next turn. So the body observes what it observed the first time.

mod cause;
mod divergence;
mod identity;
mod past;
mod reading;

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

use workflow_tracker::Timestamp;

pub(crate) use cause::Cause;
#[cfg(any(test, feature = "testing"))]
pub(crate) use cause::finding;
pub(crate) use divergence::Divergence;
pub(crate) use identity::{OperationId, OperationNo, PartPath};
pub(crate) use past::Past;

use crate::id::RunId;
use crate::spec::OperationKind;

/// What an operation came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// A value, encoded.
    Value(Vec<u8>),
    /// A [`StepError`](crate::StepError), encoded.
    Error(Vec<u8>),
    /// A time passed.
    Elapsed,
}

impl Outcome {
    /// The value, if it is one.
    pub(crate) fn into_value(self) -> Option<Vec<u8>> {
        match self {
            Self::Value(value) => Some(value),
            Self::Error(_) | Self::Elapsed => None,
        }
    }
}

/// One recorded result.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) turn: u64,
    pub(crate) seq: u64,
    pub(crate) kind: OperationKind,
    pub(crate) id: OperationId,
    pub(crate) outcome: Outcome,
    /// The operation of this execution that has asked for it.
    asker: Option<OperationNo>,
}

/// What the log knows of an operation beside its result.
#[derive(Clone, Debug)]
pub(crate) struct History {
    pub(crate) kind: OperationKind,
    /// The last attempt that was started.
    pub(crate) attempt: u32,
    /// The messages of the attempts that failed.
    pub(crate) failures: Vec<String>,
    /// When the first attempt began.
    pub(crate) first_at: Option<Timestamp>,
    /// When the next attempt is due, where it was scheduled and has not started.
    pub(crate) retry_at: Option<Timestamp>,
    /// How long a sleep was asked to be, and when it ends.
    pub(crate) sleep: Option<(u64, Timestamp)>,
    /// When a wait for a signal gives up, where it was asked for.
    pub(crate) deadline: Option<Deadline>,
    /// The child that was started.
    pub(crate) child: Option<StartedChild>,
    /// `file:line` of the operation when it was asked for.
    pub(crate) site: Option<String>,
    /// The place of its result among all results.
    result: Option<usize>,
}

impl History {
    pub(crate) const fn new(kind: OperationKind) -> Self {
        Self {
            kind,
            attempt: 0,
            failures: Vec::new(),
            first_at: None,
            retry_at: None,
            sleep: None,
            deadline: None,
            child: None,
            site: None,
            result: None,
        }
    }
}

/// A child that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StartedChild {
    pub(crate) run: RunId,
    /// Its workflow's name.
    pub(crate) workflow: Cow<'static, str>,
}

/// When a wait gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deadline {
    /// Never.
    Never,
    /// At this instant.
    At(Timestamp),
}

impl Deadline {
    pub(crate) const fn instant(self) -> Option<Timestamp> {
        match self {
            Self::Never => None,
            Self::At(instant) => Some(instant),
        }
    }
}

impl From<Option<Timestamp>> for Deadline {
    fn from(instant: Option<Timestamp>) -> Self {
        instant.map_or(Self::Never, Self::At)
    }
}

/// What follows a poll of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AfterPoll {
    /// The replay is over; the body is polled on as it is woken.
    Live,
    /// The last result was taken: the operations still alive go live in the next poll.
    WentLive,
    /// The body must be polled for the next turn of the replay.
    NextTurn,
    /// A result is released and nobody has taken it.
    NotTaken,
}

/// The results that are left to replay, and what is known of each operation.
#[derive(Debug)]
pub(crate) struct Journal {
    results: VecDeque<Recorded>,
    /// How many results were taken.
    taken: usize,
    histories: HashMap<OperationId, History>,
    turn: u64,
    live: bool,
}

impl Journal {
    /// The journal of a run that has no log yet.
    pub(crate) fn empty() -> Self {
        Self::new(VecDeque::new(), HashMap::new())
    }

    pub(crate) fn new(
        results: VecDeque<Recorded>,
        histories: HashMap<OperationId, History>,
    ) -> Self {
        Self {
            live: results.is_empty(),
            results,
            taken: 0,
            histories,
            turn: 1,
        }
    }

    /// Whether operations run, because no recorded result is left.
    pub(crate) const fn is_live(&self) -> bool {
        self.live
    }

    /// What the log knows of an operation.
    pub(crate) fn history(&self, id: &OperationId) -> Option<&History> {
        self.histories.get(id)
    }

    /// An operation asks for the first time: notes it at its result, and gives what the log knows
    /// of it.
    pub(crate) fn ask(&mut self, id: &OperationId, no: OperationNo) -> Option<&History> {
        let history = self.histories.get(id)?;
        let left = history.result.and_then(|at| at.checked_sub(self.taken));
        if let Some(result) = left.and_then(|at| self.results.get_mut(at)) {
            result.asker = Some(no);
        }
        Some(history)
    }

    /// The operation that has asked for the result that is released now; it may be gone.
    pub(crate) fn asker(&self) -> Option<(OperationNo, &OperationId)> {
        let released = self.released_result()?;
        Some((released.asker?, &released.id))
    }

    /// The next result, whether or not its turn has come.
    pub(crate) fn next(&self) -> Option<&Recorded> {
        self.results.front()
    }

    /// Whether results are left that nobody took.
    pub(crate) fn has_results_left(&self) -> bool {
        !self.results.is_empty()
    }

    /// Whether the log knows of children.
    pub(crate) fn has_children(&self) -> bool {
        self.histories
            .values()
            .any(|history| history.kind == OperationKind::Child)
    }

    /// The operation whose result is released now.
    pub(crate) fn released(&self) -> Option<&OperationId> {
        self.released_result().map(|result| &result.id)
    }

    fn released_result(&self) -> Option<&Recorded> {
        let next = self.results.front();
        next.filter(|result| result.turn <= self.turn)
    }

    /// Takes the released result, if it belongs to `id`.
    pub(crate) fn take(&mut self, id: &OperationId) -> Option<Outcome> {
        if self.released()? != id {
            return None;
        }
        let result = self.results.pop_front()?;
        self.taken += 1;
        Some(result.outcome)
    }

    /// Moves on after a poll has returned.
    pub(crate) fn after_poll(&mut self) -> AfterPoll {
        if self.live {
            return AfterPoll::Live;
        }
        if self.results.is_empty() {
            self.live = true;
            return AfterPoll::WentLive;
        }
        if self.released().is_some() {
            return AfterPoll::NotTaken;
        }
        self.turn += 1;
        AfterPoll::NextTurn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &'static str) -> OperationId {
        OperationId {
            path: PartPath::default(),
            name: name.into(),
            key: None,
            ordinal: 1,
        }
    }

    fn journal(results: &[(&'static str, u64)]) -> Journal {
        let results = results
            .iter()
            .zip(1..)
            .map(|(&(name, turn), seq)| Recorded {
                turn,
                seq,
                kind: OperationKind::Sleep,
                id: id(name),
                outcome: Outcome::Elapsed,
                asker: None,
            })
            .collect();
        Journal::new(results, HashMap::new())
    }

    #[test]
    fn results_are_released_in_log_order_and_not_before_their_turn() {
        let mut journal = journal(&[("b", 2), ("a", 2), ("c", 4)]);
        assert_eq!(journal.released(), None);
        assert_eq!(journal.after_poll(), AfterPoll::NextTurn);
        assert_eq!(journal.take(&id("a")), None);
        assert_eq!(journal.take(&id("b")), Some(Outcome::Elapsed));
        assert_eq!(journal.after_poll(), AfterPoll::NotTaken);
        assert_eq!(journal.take(&id("a")), Some(Outcome::Elapsed));
        assert_eq!(journal.released(), None);
        assert_eq!(journal.after_poll(), AfterPoll::NextTurn);
        assert_eq!(journal.after_poll(), AfterPoll::NextTurn);
        assert_eq!(journal.take(&id("c")), Some(Outcome::Elapsed));
        assert!(!journal.is_live());
        assert_eq!(journal.after_poll(), AfterPoll::WentLive);
        assert_eq!(journal.after_poll(), AfterPoll::Live);
    }
}
