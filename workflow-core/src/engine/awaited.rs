//! Which signals a run waits for, as its log and its inbox say.

use std::sync::Arc;

use workflow_tracker::Event;
use workflow_tracker::events::SignalAwaited;

use super::Engine;
use super::signal::SignalError;
use crate::id::RunId;
use crate::store::{RequestKind, Row, RunKey, StoreError};

impl Engine {
    /// The names of the signals that a run has asked for and that nobody has sent, in the order
    /// of asking.
    pub(crate) async fn awaited_signals(&self, run: RunId) -> Result<Vec<String>, StoreError> {
        let core = self.core();
        let Some(record) = core.store.run(RunKey::Id(run)).await? else {
            return Ok(Vec::new());
        };
        let rows = core.rows(record.run).await?;
        let sent = core.store.inbox(record.run).await?;
        let is_sent = |signal: &String| {
            sent.iter().any(|request| match &request.kind {
                RequestKind::Signal { name, .. } => name == signal,
                RequestKind::Cancel { .. } | RequestKind::ChildEnded { .. } => false,
            })
        };
        let open = open_waits(&rows).into_iter();
        let names = open.map(|wait| wait.signal.unwrap_or(wait.name));
        Ok(names.filter(|signal| !is_sent(signal)).collect())
    }

    /// Sends a signal that is encoded already.
    pub(crate) async fn send(&self, run: RunId, kind: RequestKind) -> Result<(), SignalError> {
        Arc::clone(self.core()).send(run, kind).await
    }
}

/// The waits that have come to nothing so far.
fn open_waits(rows: &[Row]) -> Vec<SignalAwaited> {
    let mut open: Vec<SignalAwaited> = Vec::new();
    for row in rows {
        let (name, identity) = match Event::from_fields(row.event_type, &row.fields) {
            Ok(Event::SignalAwaited(wait)) => {
                open.push(wait);
                continue;
            }
            Ok(Event::SignalReceived(end)) => (end.name, end.identity),
            Ok(Event::SignalExpired(end)) => (end.name, end.identity),
            Ok(_) | Err(_) => continue,
        };
        open.retain(|wait| (&wait.name, &wait.identity) != (&name, &identity));
    }
    open
}
