//! The operations that are alive in a body.

use std::fmt::Write as _;
use std::task::Waker;

use workflow_tracker::Timestamp;

use super::table::Operation;
use super::{Interrupt, RunState, StepOptions, WaitOptions, Wake};
use crate::journal::{Divergence, OperationId, OperationNo, Outcome, PartPath, StartedChild};
use crate::spec::OperationKind;

/// Where an operation stands in the source, and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// The operation's name.
    pub name: &'static str,
    /// The file.
    pub file: &'static str,
    /// The line.
    pub line: u32,
}

/// What names an operation when its expression is evaluated.
#[derive(Debug)]
pub(crate) struct Name {
    /// The parts around it.
    pub(crate) path: PartPath,
    pub(crate) site: Site,
    pub(crate) key: Option<String>,
}

/// What an operation does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Its expression was evaluated.
    Named,
    /// It was polled, and recorded results are left.
    Held,
    /// Its rows wait for the commit of this turn.
    Asked { turn: u64 },
    /// Its rows are durable: its code may begin.
    Ready,
    /// Its code runs, at most until the deadline.
    Running { deadline: Option<Timestamp> },
    /// It waits for an instant.
    Waiting { until: Timestamp },
    /// It waits for something to come into the inbox, at most until an instant; `looking`: what is
    /// there already has to be known first.
    Awaiting {
        until: Option<Timestamp>,
        looking: bool,
    },
    /// It gave its result, or was dropped.
    Done,
}

impl Stage {
    /// The instant at which an operation goes on by itself.
    pub(super) const fn instant(self) -> Option<Timestamp> {
        match self {
            Self::Waiting { until } => Some(until),
            Self::Running { deadline } => deadline,
            Self::Awaiting {
                until,
                looking: false,
            } => until,
            Self::Named
            | Self::Held
            | Self::Asked { .. }
            | Self::Ready
            | Self::Awaiting { looking: true, .. }
            | Self::Done => None,
        }
    }
}

/// What an operation is, with what its kind needs.
#[derive(Debug)]
pub(super) enum Kind {
    Step(Progress),
    Sleep { wake: Wake, asked_ms: u64 },
    Value,
    Wait(Box<WaitOptions>),
    Child(Box<StartedChild>),
}

/// How far a step is.
#[derive(Debug)]
pub(super) struct Progress {
    pub(super) options: StepOptions,
    pub(super) attempt: u32,
    pub(super) failures: Vec<String>,
    pub(super) first_at: Option<Timestamp>,
    pub(super) began_at: Timestamp,
}

/// How often an identity was named, and with a key, how many of these are alive.
#[derive(Debug, Default)]
pub(super) struct Counter {
    named: u32,
    alive: u32,
}

impl Kind {
    pub(super) const fn of(&self) -> OperationKind {
        match self {
            Self::Step(_) => OperationKind::Step,
            Self::Sleep { .. } => OperationKind::Sleep,
            Self::Value => OperationKind::Value,
            Self::Wait(_) => OperationKind::Wait,
            Self::Child(_) => OperationKind::Child,
        }
    }
}

impl Site {
    /// `file:line`.
    pub(super) fn place(self) -> String {
        const DIGITS_MAX: usize = 10;
        let mut place = String::with_capacity(self.file.len() + 1 + DIGITS_MAX);
        let written = write!(place, "{}:{}", self.file, self.line);
        written.expect("a string takes everything");
        place
    }
}

impl Operation {
    /// The operation in words, with its place in the source.
    pub(super) fn describe(&self) -> String {
        describe(self.kind.of(), &self.id, self.site)
    }
}

/// An operation in words, with its place in the source.
pub(super) fn describe(kind: OperationKind, id: &OperationId, site: Site) -> String {
    let Site { file, line, .. } = site;
    format!("{} `{id}` at {file}:{line}", kind.as_str())
}

impl RunState {
    /// Names an operation: its expression was evaluated. Its repeat is fixed now.
    pub(crate) fn name_step(&mut self, name: Name, options: StepOptions) -> OperationNo {
        let progress = Progress {
            options,
            attempt: 0,
            failures: Vec::new(),
            first_at: None,
            began_at: Timestamp::default(),
        };
        self.name(name, Kind::Step(progress))
    }

    /// Names a sleep.
    pub(crate) fn name_sleep(&mut self, name: Name, wake: Wake) -> OperationNo {
        self.name(name, Kind::Sleep { wake, asked_ms: 0 })
    }

    /// Names a value.
    pub(crate) fn name_value(&mut self, name: Name) -> OperationNo {
        self.name(name, Kind::Value)
    }

    /// Names a wait for a signal.
    pub(crate) fn name_wait(&mut self, name: Name, options: WaitOptions) -> OperationNo {
        self.name(name, Kind::Wait(Box::new(options)))
    }

    /// Names a child.
    pub(crate) fn name_child(&mut self, name: Name, workflow: &'static str) -> OperationNo {
        let parent = self.run_id;
        self.name_by(name, |id| {
            Kind::Child(Box::new(StartedChild {
                run: parent.of_child(&id.to_string()),
                workflow: workflow.into(),
            }))
        })
    }

    fn name(&mut self, name: Name, kind: Kind) -> OperationNo {
        self.name_by(name, |_| kind)
    }

    fn name_by(&mut self, name: Name, kind: impl FnOnce(&OperationId) -> Kind) -> OperationNo {
        let site = name.site;
        let (id, key_is_alive) = self.identify(name);
        let kind = kind(&id);
        let operation = Operation::new(id, site, kind);
        if key_is_alive {
            let divergence = Divergence::key_twice(&operation.id, &operation.describe());
            self.interrupt(Interrupt::Blocked(Box::new(divergence)));
        }
        self.operations.insert(operation)
    }

    /// The identity of what was named, and whether another one with its key is alive.
    pub(super) fn identify(&mut self, name: Name) -> (OperationId, bool) {
        let mut id = OperationId {
            path: name.path,
            name: name.site.name.into(),
            key: name.key.map(Into::into),
            ordinal: 0,
        };
        let counter = self.counters.entry(id.clone()).or_default();
        counter.named += 1;
        counter.alive += u32::from(id.key.is_some());
        id.ordinal = counter.named;
        let key_is_alive = id.key.is_some() && counter.alive > 1;
        (id, key_is_alive)
    }

    /// The future of an operation was dropped: what it asked for and is not committed yet
    /// leaves no row.
    pub(crate) fn drop_operation(&mut self, no: OperationNo) {
        let Some(operation) = self.operations.remove(no) else {
            return;
        };
        if operation.stage() != Stage::Done {
            let withdrawn = self.turns.withdraw(no);
            self.abandon(&operation, withdrawn);
        }
        self.forget(&operation.id);
    }

    /// What was named is no longer alive; only where there is a key does anybody ask.
    pub(super) fn forget(&mut self, id: &OperationId) {
        if id.key.is_none() {
            return;
        }
        let id = OperationId {
            ordinal: 0,
            ..id.clone()
        };
        if let Some(counter) = self.counters.get_mut(&id) {
            counter.alive -= 1;
        }
    }

    /// The identity of an operation that is alive.
    pub(crate) fn identity(&self, no: OperationNo) -> OperationId {
        self.operation(no).id.clone()
    }

    pub(super) fn operation(&self, no: OperationNo) -> &Operation {
        self.operations
            .get(no)
            .expect("the operation's future is alive, so it is")
    }

    pub(super) fn operation_mut(&mut self, no: OperationNo) -> &mut Operation {
        self.operations
            .get_mut(no)
            .expect("the operation's future is alive, so it is")
    }

    pub(super) fn set_stage(&mut self, no: OperationNo, stage: Stage) {
        self.operations.set_stage(no, stage);
    }

    /// A poll of an operation: keeps its waker, and if it is the first one, asks.
    pub(super) fn ask(&mut self, no: OperationNo, waker: &Waker) {
        self.operations.keep_waker(no, waker);
        if self.operation(no).stage() == Stage::Named {
            self.check_kind(no);
            self.asks += 1;
            let asked = self.asks;
            self.operation_mut(no).asked = asked;
            self.set_stage(no, Stage::Held);
        }
    }

    /// The recorded result of an operation, if it is released now; that ends the operation.
    pub(super) fn replay(&mut self, no: OperationNo) -> Option<Outcome> {
        let outcome = self.journal.take(&self.operations.get(no)?.id)?;
        self.set_stage(no, Stage::Done);
        self.wake_released();
        Some(outcome)
    }

    /// Whether operations that ask may begin: no recorded result is left.
    pub(super) const fn may_begin(&self) -> bool {
        self.journal.is_live() && !self.is_interrupted()
    }

    /// A first poll in which the log knows the identity as another kind blocks the run.
    fn check_kind(&mut self, no: OperationNo) {
        let Some(operation) = self.operations.get(no) else {
            return;
        };
        let Some(history) = self.journal.ask(&operation.id, no) else {
            return;
        };
        if history.kind == operation.kind.of() {
            return;
        }
        let divergence = Divergence::other_kind(&operation.id, history.kind, &operation.describe());
        self.interrupt(Interrupt::Blocked(Box::new(divergence)));
    }
}
