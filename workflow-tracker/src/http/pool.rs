//! The connections that wait for their next request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::sleep;

use super::connection::Connection;

/// Connections that wait, but not for long: many servers close a connection that was idle for
/// about a minute, and a request may be on its way just then.
#[derive(Clone)]
pub(super) struct Pool {
    idle_max: Duration,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    connections: Vec<Connection>,
    /// Whether somebody closes those that have waited too long.
    is_swept: bool,
}

impl Pool {
    pub(super) fn new(idle_max: Duration) -> Self {
        let held = Arc::default();
        Self { idle_max, held }
    }

    /// The connection that was used last and is still open.
    pub(super) fn take(&self) -> Option<Connection> {
        let mut held = lock(&self.held);
        loop {
            let connection = held.connections.pop()?;
            if connection.idle_for() < self.idle_max && connection.is_open() {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection for another request.
    pub(super) fn keep(&self, connection: Connection) {
        let mut held = lock(&self.held);
        held.connections.push(connection);
        if !std::mem::replace(&mut held.is_swept, true) {
            tokio::spawn(sweep(Arc::downgrade(&self.held), self.idle_max));
        }
    }
}

/// Closes what has waited too long, as long as anything waits.
async fn sweep(held: Weak<Mutex<Held>>, idle_max: Duration) {
    loop {
        sleep(idle_max).await;
        let Some(held) = held.upgrade() else { return };
        let mut held = lock(&held);
        held.connections
            .retain(|connection| connection.idle_for() < idle_max);
        held.is_swept = !held.connections.is_empty();
        if !held.is_swept {
            return;
        }
    }
}

/// Nothing panics while it is held.
fn lock(held: &Mutex<Held>) -> MutexGuard<'_, Held> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}
