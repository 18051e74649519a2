//! Replays exported runs against today's code.

use std::fmt;
use std::sync::Arc;

use super::TestEngine;
use super::world::World;
use crate::engine::replay::{Recording, Replay};
use crate::resources::Resources;
use crate::scope::{Call, IntoCall, Workflow};

/// What the replay of an exported run showed: the code fits the log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replayed {
    /// How many events were replayed.
    pub events: usize,
    /// Whether the structure of the code is that of the code which drove the run last.
    pub same_structure: bool,
    /// Where the run had ended and the code would end it otherwise: what was recorded, and what
    /// the code comes to now. Such code can serve runs in flight.
    pub other_ending: Option<(String, String)>,
}

/// Why an exported run could not be replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplayError {
    /// The text is no export that this version reads.
    Unreadable {
        /// What is wrong, and what to do.
        why: String,
    },
    /// The run is one of another workflow, or of another version of it.
    OtherWorkflow {
        /// The workflow of the run.
        recorded: String,
        /// The workflow that was given.
        given: String,
    },
    /// The code no longer fits the log: a run like this one would be blocked.
    Diverged {
        /// What was recorded, what the code asks for, and the ways out.
        reason: String,
    },
    /// The code waits for something that is no operation.
    Stalled,
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { why } => f.write_str(why),
            Self::OtherWorkflow { recorded, given } => write!(
                f,
                "the exported run is one of {recorded}, and it was to be replayed with {given}; \
                 give `verify_replay` the function that serves such runs"
            ),
            Self::Diverged { reason } => {
                write!(f, "the code no longer fits the exported run: {reason}")
            }
            Self::Stalled => f.write_str(
                "the code waits for something that is no operation before it has taken every \
                 recorded result: await only operations outside of steps",
            ),
        }
    }
}

impl std::error::Error for ReplayError {}

/// Replays a run that [`Engine::export`](crate::Engine::export) wrote against a workflow that
/// borrows no resources; [`TestEngine::verify_replay`] gives it some.
///
/// No step is executed: the recorded results are handed to the code in the order of the log, and
/// the code has to take them all, as an engine would demand after a deploy. Keep exports of runs
/// that are typical beside your tests, and a change that would block runs in flight fails there.
///
/// # Errors
///
/// The text is no export, the run is another workflow's, or the code no longer fits it.
///
/// ```
/// use workflow_core::prelude::*;
/// use workflow_core::testing::{ReplayError, TestEngine, verify_replay};
///
/// #[workflow]
/// async fn greet(name: String) -> Result<String> {
///     Ok(step!("greet", async { Ok::<_, Error>(format!("hello {name}")) }).await?)
/// }
///
/// mod after_a_change {
///     # use workflow_core::prelude::*;
///     #[workflow]
///     pub async fn greet(name: String) -> Result<String> {
///         Ok(step!("welcome", async { Ok::<_, Error>(format!("hello {name}")) }).await?)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let engine = TestEngine::new();
/// let run = engine.start(greet, "one", "Ada".into()).await;
/// run.result().await.unwrap();
/// let log = run.export().await; // in a project: include_str!("runs/greet.jsonl")
///
/// assert_eq!(verify_replay(&log, greet).unwrap().events, 4);
/// let error = verify_replay(&log, after_a_change::greet).unwrap_err();
/// assert!(error.to_string().contains("the code asks for step `welcome`"), "{error}");
/// # }
/// ```
pub fn verify_replay<F, M>(log: &str, workflow: F) -> Result<Replayed, ReplayError>
where
    F: IntoCall<M>,
{
    TestEngine::new().verify_replay(log, workflow)
}

impl TestEngine {
    /// As the function [`verify_replay`], for a workflow that borrows what the recipe gives.
    ///
    /// # Errors
    ///
    /// The text is no export, the run is another workflow's, or the code no longer fits it.
    ///
    /// # Panics
    ///
    /// Where the recipe lacks a resource of the workflow.
    pub fn verify_replay<F, M>(&self, log: &str, workflow: F) -> Result<Replayed, ReplayError>
    where
        F: IntoCall<M>,
    {
        // The function itself is its name for the types.
        drop(workflow);
        let world = World::new(&self.setup);
        let resources = Arc::new(world.resources().clone());
        verify::<<F::Call as Call>::Workflow>(log, resources)
    }
}

fn verify<W: Workflow>(log: &str, resources: Arc<Resources>) -> Result<Replayed, ReplayError> {
    let recording = Recording::read(log).map_err(|why| ReplayError::Unreadable {
        why: why.to_string(),
    })?;
    if (&*recording.workflow, recording.version) != (W::SPEC.name, W::SPEC.version) {
        return Err(ReplayError::OtherWorkflow {
            recorded: in_words(&recording.workflow, recording.version),
            given: in_words(W::SPEC.name, W::SPEC.version),
        });
    }
    let same_structure = recording.fingerprint == format!("{:016x}", W::SPEC.fingerprint());
    let fits = Replayed {
        events: recording.events(),
        same_structure,
        other_ending: None,
    };
    match recording.replay::<W>(resources) {
        Replay::Ends | Replay::GoesOn => Ok(fits),
        Replay::EndsOtherwise(recorded, found) => Ok(Replayed {
            other_ending: Some((recorded, found)),
            ..fits
        }),
        Replay::Diverges(reason) => Err(ReplayError::Diverged { reason }),
        Replay::Stalls => Err(ReplayError::Stalled),
    }
}

fn in_words(workflow: &str, version: Option<u32>) -> String {
    match version {
        Some(version) => format!("`{workflow}` version {version}"),
        None => format!("`{workflow}`"),
    }
}
