//! What a commit does beyond its run's own rows: to its inbox, and to other runs.

use super::{NewRow, NewRun};
use crate::id::RunId;

/// What a commit does to its run's inbox and to other runs, in the same transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// The requests in the inbox that the rows record: they leave it.
    pub used: Vec<u64>,
    /// What a run that waits is woken by, beside its instant.
    pub awaits: Vec<Await>,
    /// The runs that it starts as its children.
    pub children: Vec<NewChild>,
    /// The children that it cancels.
    pub cancels: Option<CancelChildren>,
    /// The fingerprint of the code that goes on with the run, where it is new.
    pub fingerprint: Option<u64>,
}

/// Something that a run waits for and that comes into its inbox.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Await {
    /// A signal of this name.
    Signal(String),
    /// The end of a child, whichever it is: a run may wait for thousands.
    Child,
}

/// A run that is started by another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewChild {
    /// The run, which is queued.
    pub run: NewRun,
    /// Its first row.
    pub row: NewRow,
}

/// Cancels children that have not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelChildren {
    /// Which ones.
    pub which: Children,
    /// The reason that their inboxes name.
    pub reason: String,
}

/// Which children of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Children {
    /// All that have not ended.
    All,
    /// These, as far as they have not ended: the run has given them up, and is not told of their
    /// ends any more. Of those that had ended, it forgets what it was told.
    These(Vec<RunId>),
}

impl Effects {
    /// Whether nothing but the run's own rows is written.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Await {
    /// The wait as one word, in which it is stored.
    pub fn to_text(&self) -> String {
        match self {
            Self::Signal(name) => format!("signal:{name}"),
            Self::Child => "child:any".to_owned(),
        }
    }

    /// The wait that [`to_text`](Self::to_text) wrote.
    pub fn from_text(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("signal", name) => Some(Self::Signal(name.to_owned())),
            ("child", _) => Some(Self::Child),
            _ => None,
        }
    }
}
