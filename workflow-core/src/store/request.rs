//! Requests to runs from elsewhere: what lies in their inboxes.

use workflow_tracker::Timestamp;

use super::{Await, EndStatus, RunNo, RunStatus};
use crate::id::RunId;

/// A request to a run, to be put into its inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRequest {
    /// The run.
    pub run: RunNo,
    /// What is asked.
    pub kind: RequestKind,
    /// When.
    pub at: Timestamp,
}

/// What can be asked of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestKind {
    /// End, as cancelled.
    Cancel {
        /// The user's reason.
        reason: Option<String>,
    },
    /// Take a value that the run waits for, or will wait for.
    Signal {
        /// The signal's name.
        name: String,
        /// The value, encoded.
        payload: Vec<u8>,
    },
    /// A child of the run has ended; only a commit that ends a child says so.
    ChildEnded {
        /// The child.
        child: RunId,
        /// How it ended.
        status: EndStatus,
        /// The own fields of its last event.
        fields: String,
        /// The payload of its last event.
        payload: Option<Vec<u8>>,
    },
}

impl RequestKind {
    /// The wait that the request ends; a cancel needs none.
    pub fn ends(&self) -> Option<Await> {
        match self {
            Self::Cancel { .. } => None,
            Self::Signal { name, .. } => Some(Await::Signal(name.clone())),
            Self::ChildEnded { .. } => Some(Await::Child),
        }
    }
}

/// A request in the inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Grows with every request.
    pub id: u64,
    /// The run.
    pub run: RunNo,
    /// What is asked.
    pub kind: RequestKind,
    /// When.
    pub at: Timestamp,
}

/// That a request is in an inbox, without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The request's id.
    pub id: u64,
    /// The run.
    pub run: RunNo,
    /// Whether it is a cancel; everything else the run reads when it waits for it.
    pub cancel: bool,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestReply {
    /// It is in the inbox. A second cancel of a run is accepted and changes nothing; a second
    /// signal is another signal.
    Accepted,
    /// The run has ended, in this way; the request was not stored.
    Ended(RunStatus),
    /// There is no such run.
    Unknown,
}
