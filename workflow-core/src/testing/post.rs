//! The signals that a test sends by itself, each once, when the run waits for it.

use std::fmt;
use std::sync::{Mutex, MutexGuard};

use serde::Serialize;

use super::TestEngine;
use super::process::Process;
use crate::codec;
use crate::engine::Engine;
use crate::id::RunId;
use crate::store::RequestKind;

/// A signal that is to be sent.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Letter {
    name: String,
    /// The value, encoded.
    payload: Vec<u8>,
}

/// The signals of one world that are not sent yet. It outlives the processes that die there.
#[derive(Debug)]
pub(super) struct Post {
    left: Mutex<Vec<Letter>>,
}

impl TestEngine {
    /// A signal that [`crash_everywhere`](Self::crash_everywhere) sends in each of its worlds. May
    /// be called several times, also with the same name.
    ///
    /// It is sent once, when the run waits for a signal of this name and does nothing else, after
    /// the signals of this name that were given before it. Whoever sends it does not die with the
    /// process: whatever crashes, it is neither lost nor sent again. A signal that the run never
    /// waits for is not sent. Runs that the test starts itself get theirs with
    /// [`TestRun::signal`](super::TestRun::signal).
    ///
    /// ```
    /// use workflow_core::prelude::*;
    /// use workflow_core::testing::TestEngine;
    ///
    /// #[workflow]
    /// async fn vacation(days: u32) -> Result<String> {
    ///     let by: String = wait!("approval", timeout = "3 days").await?;
    ///     step!("book", async { Ok::<_, Error>(days) }).await?;
    ///     Ok(by)
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let engine = TestEngine::new().signal("approval", "ann");
    /// let report = engine.crash_everywhere(vacation, 5).await;
    /// assert_eq!(report.ending, "\"ann\"");
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Where the value cannot be encoded.
    #[must_use]
    #[track_caller]
    pub fn signal(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let name = name.into();
        match codec::encode(&value) {
            Ok(payload) => self.setup.signals.push(Letter { name, payload }),
            Err(why) => panic!("the signal `{name}` cannot be sent: {why}"),
        }
        self
    }
}

impl Post {
    pub(super) const fn new(letters: Vec<Letter>) -> Self {
        Self {
            left: Mutex::new(letters),
        }
    }

    /// Sends one signal that the run waits for; false where it waits for none that is left.
    pub(super) async fn deliver(&self, process: &Process, run: RunId) -> bool {
        let Some(letter) = self.next(&awaited(&process.engine, run).await) else {
            return false;
        };
        let Letter { name, payload } = letter.clone();
        let kind = RequestKind::Signal { name, payload };
        let sent = process.engine.send(run, kind).await;
        sent.expect("a run in memory that waits takes signals");
        // Only now: the process may have died before it was sent.
        let mut left = self.left();
        if let Some(place) = left.iter().position(|other| *other == letter) {
            left.remove(place);
        }
        true
    }

    /// The first one that is left with one of these names.
    fn next(&self, awaited: &[String]) -> Option<Letter> {
        let left = self.left();
        let mut matching = left.iter().filter(|letter| awaited.contains(&letter.name));
        matching.next().cloned()
    }

    fn left(&self) -> MutexGuard<'_, Vec<Letter>> {
        self.left.lock().expect("nobody panics who holds it")
    }
}

/// The signals that a run waits for and that nobody has sent.
pub(super) async fn awaited(engine: &Engine, run: RunId) -> Vec<String> {
    let awaited = engine.awaited_signals(run).await;
    awaited.expect("a store in memory works")
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Letter").field(&self.name).finish()
    }
}
