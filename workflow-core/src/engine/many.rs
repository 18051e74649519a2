//! Starts many runs with one commit.

use std::sync::Arc;

use super::core::Core;
use super::registry::Definition;
use super::start::{IfExists, Request, existing, request_of};
use super::{Engine, RunHandle};
use crate::error::StartError;
use crate::id::RunId;
use crate::scope::{Call, IntoCall, Workflow};
use crate::spec::Spec;
use crate::store::{CommitResult, Refused, RunCommit, RunNo, Target};

/// What became of one of the runs.
type Started<T> = Result<RunHandle<T>, StartError>;

impl Engine {
    /// Starts many runs of `workflow`, each under its id, with one commit: thousands at once.
    ///
    /// When it returns, those that have a handle are durable. They are queued, and begin in the
    /// order in which they were given, as there is room for them.
    ///
    /// There is an answer for each run, in the same order, as
    /// [`start`](Self::start) would give it: one whose id is taken by a run with the same input
    /// has the handle of that run, one with another input or an input that cannot be recorded has
    /// its error, and the others are started all the same. So a call can be repeated.
    ///
    /// # Errors
    ///
    /// The engine does not know the workflow, was shut down, or the store failed: then none of
    /// the runs was started.
    pub fn start_many<F, M, S>(
        &self,
        workflow: F,
        runs: impl IntoIterator<Item = (S, F::In)>,
    ) -> impl Future<Output = Result<Vec<Started<F::Value>>, StartError>> + Send
    where
        F: IntoCall<M> + Clone,
        S: Into<String>,
    {
        let spec = <<F::Call as Call>::Workflow as Workflow>::SPEC;
        let call = move |(id, input): (S, F::In)| {
            let call = workflow.clone().into_call(input);
            request_of(call, Some(id.into()))
        };
        let requests: Vec<_> = runs.into_iter().map(call).collect();
        let core = Arc::clone(self.core());
        async move {
            let started = core.start_many(spec, requests).await?;
            let handle = |(run, run_id)| RunHandle::new(&core, run, run_id);
            Ok(started.into_iter().map(|one| one.map(handle)).collect())
        }
    }
}

/// A run that is to be created, as it is compared with one that has its id.
struct Wanted {
    run_id: RunId,
    digest: [u8; 32],
}

impl Core {
    async fn start_many(
        self: &Arc<Self>,
        spec: &'static Spec,
        requests: Vec<Request>,
    ) -> Result<Vec<Result<(RunNo, RunId), StartError>>, StartError> {
        let Some(definition) = self.registry.get(spec.name, spec.version) else {
            return Err(StartError::NotRegistered {
                workflow: spec.name.to_owned(),
            });
        };
        if self.is_stopped() {
            return Err(StartError::Detached);
        }
        let mut commits = Vec::new();
        let mut answers: Vec<Result<Wanted, StartError>> = Vec::new();
        for request in requests {
            answers.push(self.wanted(definition, request).map(|(wanted, commit)| {
                commits.push(commit);
                wanted
            }));
        }
        let results = self.store.commit(commits).await;
        let mut results = results.map_err(StartError::Store)?.into_iter();
        let mut started = Vec::new();
        for answer in answers {
            started.push(answer.and_then(|wanted| {
                let result = results.next().expect("a store answers every commit");
                self.answered(&wanted, result)
            }));
        }
        self.schedule.notify_one();
        Ok(started)
    }

    fn wanted(
        &self,
        definition: &Arc<dyn Definition>,
        request: Request,
    ) -> Result<(Wanted, RunCommit), StartError> {
        let Request {
            spec,
            user_id,
            input,
        } = request;
        if user_id.as_deref() == Some("") {
            return Err(StartError::EmptyId);
        }
        let input = input.map_err(|why| StartError::Input {
            workflow: spec.name.to_owned(),
            why,
        })?;
        let new = self.new_run(definition, user_id, &input);
        let wanted = Wanted {
            run_id: new.run_id,
            digest: new.input_digest,
        };
        let row = self.queued(definition, None, input);
        let now = row.occurred_at;
        Ok((
            wanted,
            RunCommit::new(Target::New(Box::new(new)), vec![row], now),
        ))
    }

    fn answered(
        &self,
        wanted: &Wanted,
        result: CommitResult,
    ) -> Result<(RunNo, RunId), StartError> {
        match result {
            Ok(committed) => {
                self.told(committed, false);
                Ok((committed.claim.run, wanted.run_id))
            }
            Err(Refused::Exists(record)) => existing(*record, &wanted.digest, IfExists::Attach),
            Err(Refused::Failed(error)) => Err(StartError::Store(error)),
            Err(Refused::Fenced | Refused::CancelRequested { .. }) => {
                unreachable!("a store refuses a new run only because it exists")
            }
        }
    }
}
