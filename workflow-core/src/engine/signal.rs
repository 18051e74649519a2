//! Sends signals to runs, whoever drives them.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::core::Core;
use super::{Engine, RunHandle};
use crate::codec;
use crate::id::RunId;
use crate::store::{NewRequest, RequestKind, RequestReply, RunKey, RunNo, RunStatus, StoreError};

/// Why a signal was not sent.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SignalError {
    /// There is no such run.
    Unknown {
        /// What was asked for.
        run: RunId,
    },
    /// The run had ended before, in this way.
    Ended {
        /// The run.
        run: RunId,
        /// How it ended.
        status: RunStatus,
    },
    /// The value cannot be recorded.
    Value {
        /// The signal's name.
        signal: String,
        /// What the codec said.
        why: String,
    },
    /// The store could not be written. Whether the signal was sent is known only if it says so.
    Store(StoreError),
}

impl fmt::Display for SignalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { run } => write!(f, "cannot send a signal: there is no run {run}"),
            Self::Ended { run, status } => write!(
                f,
                "cannot send a signal to run {run}: it has ended, as {status}, and takes none"
            ),
            Self::Value { signal, why } => {
                write!(
                    f,
                    "cannot send `{signal}`: its value cannot be recorded: {why}"
                )
            }
            Self::Store(error) => write!(f, "cannot send a signal: {error}"),
        }
    }
}

impl StdError for SignalError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            Self::Unknown { .. } | Self::Ended { .. } | Self::Value { .. } => None,
        }
    }
}

impl Engine {
    /// Sends a signal to a run, which takes it with `wait!`, now or when it comes to that.
    ///
    /// When it returns `Ok`, the signal is durable: it is kept until the run takes it, once, after
    /// the signals of this name that were sent before it. A signal that the run never waits for is
    /// forgotten when the run ends. Any engine on the store can send, in any process.
    ///
    /// # Errors
    ///
    /// There is no such run, it has ended, the value cannot be encoded, or the store failed.
    pub fn signal(
        &self,
        run: RunId,
        name: impl Into<String>,
        value: impl Serialize,
    ) -> impl Future<Output = Result<(), SignalError>> + Send {
        let core = Arc::clone(self.core());
        let signal = encoded(name.into(), &value);
        async move { core.send(run, signal?).await }
    }
}

impl<T> RunHandle<T> {
    /// Sends a signal to the run; see [`Engine::signal`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn signal(
        &self,
        name: impl Into<String>,
        value: impl Serialize,
    ) -> impl Future<Output = Result<(), SignalError>> + Send {
        let (core, run, run_id) = self.place();
        let signal = encoded(name.into(), &value);
        async move { core.signal(run, run_id, signal?).await }
    }
}

fn encoded(name: String, value: &impl Serialize) -> Result<RequestKind, SignalError> {
    match codec::encode(value) {
        Ok(payload) => Ok(RequestKind::Signal { name, payload }),
        Err(why) => Err(SignalError::Value { signal: name, why }),
    }
}

impl Core {
    /// Sends an encoded signal to the run with this id.
    pub(super) async fn send(
        self: Arc<Self>,
        run: RunId,
        kind: RequestKind,
    ) -> Result<(), SignalError> {
        let record = self.store.run(RunKey::Id(run)).await;
        let record = record.map_err(SignalError::Store)?;
        let record = record.ok_or(SignalError::Unknown { run })?;
        self.signal(record.run, run, kind).await
    }

    async fn signal(
        self: Arc<Self>,
        run: RunNo,
        run_id: RunId,
        kind: RequestKind,
    ) -> Result<(), SignalError> {
        let at = self.clock.now();
        let reply = self.store.request(NewRequest { run, kind, at }).await;
        match reply.map_err(SignalError::Store)? {
            RequestReply::Accepted => {
                self.came(run);
                Ok(())
            }
            RequestReply::Ended(status) => Err(SignalError::Ended {
                run: run_id,
                status,
            }),
            RequestReply::Unknown => Err(SignalError::Unknown { run: run_id }),
        }
    }
}
