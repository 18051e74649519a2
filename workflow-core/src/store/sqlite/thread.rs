//! The store's own threads: started with a report, joined with the store.

use std::sync::mpsc::{Sender, channel};
use std::thread::{Builder, JoinHandle};

use super::error::Origin;
use crate::store::StoreError;

/// Tells whoever starts a thread how its beginning went.
pub(super) struct Ready(Sender<Result<(), StoreError>>);

impl Ready {
    pub(super) fn done(self) {
        let _ = self.0.send(Ok(()));
    }

    pub(super) fn failed(self, error: StoreError) {
        let _ = self.0.send(Err(error));
    }
}

/// Starts a thread and waits until it is ready.
pub(super) fn start(
    name: &str,
    origin: &Origin,
    work: impl FnOnce(Ready) + Send + 'static,
) -> Result<JoinHandle<()>, StoreError> {
    let (report, ready) = channel();
    let thread = Builder::new()
        .name(name.to_owned())
        .spawn(move || work(Ready(report)))
        .map_err(|error| origin.io("start the store's thread", &error))?;
    match ready.recv() {
        Ok(Ok(())) => Ok(thread),
        Ok(Err(error)) => {
            join(Some(thread));
            Err(error)
        }
        Err(_) => Err(origin.closed("start the store's thread")),
    }
}

/// Waits for a thread's end. If it panicked, that was reported when it happened.
pub(super) fn join(thread: Option<JoinHandle<()>>) {
    if let Some(thread) = thread {
        let _ = thread.join();
    }
}
