//! Starts runs: idempotent by id, durable when it returns.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::oneshot;
use workflow_tracker::events::WorkflowQueued;
use workflow_tracker::{Event, Timestamp};

use super::core::Core;
use super::drive::{Drive, StartedRun};
use super::driver::{Driver, Hold};
use super::handle::RunHandle;
use super::mailbox::Mailbox;
use super::registry::Definition;
use super::resume::run_span;
use super::slots::Slot;
use crate::codec;
use crate::error::StartError;
use crate::id::RunId;
use crate::retry::IntoDuration;
use crate::run::{First, RunState};
use crate::scope::{Call, Inputs as _, IntoCall, Workflow};
use crate::showing::Value;
use crate::spec::Spec;
use crate::store::{
    NewRow, NewRun, NewStatus, Refused, RunCommit, RunKey, RunNo, RunRecord, StoreError, Target,
};

/// What to do when the id is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum IfExists {
    /// Give the handle of that run, if it has the same input.
    #[default]
    Attach,
    /// Refuse.
    Reject,
    /// Start a new run in the place of one that has ended, whatever its input was. One that has
    /// not ended is attached to. The old run keeps its log and its own id, until it is purged.
    Replace,
}

/// When a run begins.
#[derive(Clone, Copy, Debug)]
enum When {
    Now,
    At(Timestamp),
}

/// A run that is about to be started; await it.
#[must_use = "a run is started when this is awaited"]
pub struct Start<T> {
    core: Arc<Core>,
    request: Request,
    when: When,
    if_exists: IfExists,
    _value: std::marker::PhantomData<fn() -> T>,
}

/// Which run is asked for.
pub(super) struct Request {
    pub(super) spec: &'static Spec,
    pub(super) user_id: Option<String>,
    pub(super) input: Result<Vec<u8>, String>,
}

impl<T> fmt::Debug for Start<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Start")
            .field("workflow", &self.request.spec.name)
            .field("id", &self.request.user_id)
            .finish_non_exhaustive()
    }
}

impl<T> Start<T> {
    pub(super) fn new<F, M>(
        core: &Arc<Core>,
        workflow: F,
        user_id: Option<String>,
        input: F::In,
    ) -> Self
    where
        F: IntoCall<M, Value = T>,
    {
        let request = request_of(workflow.into_call(input), user_id);
        Self {
            core: Arc::clone(core),
            request,
            when: When::Now,
            if_exists: IfExists::default(),
            _value: std::marker::PhantomData,
        }
    }

    /// Starts this long from now: the run is queued until then.
    pub fn after(mut self, delay: impl IntoDuration) -> Self {
        self.when = When::At(self.core.clock.now().plus(delay.into_duration()));
        self
    }

    /// Starts at this instant: the run is queued until then.
    pub fn at(mut self, instant: SystemTime) -> Self {
        self.when = When::At(instant.into());
        self
    }

    /// What to do when the id is taken.
    pub const fn if_exists(mut self, if_exists: IfExists) -> Self {
        self.if_exists = if_exists;
        self
    }
}

pub(super) fn request_of<C: Call>(call: C, user_id: Option<String>) -> Request {
    Request {
        spec: <C::Workflow as Workflow>::SPEC,
        user_id,
        input: call.into_input().encode(),
    }
}

impl<T: Send + 'static> IntoFuture for Start<T> {
    type Output = Result<RunHandle<T>, StartError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self {
                core,
                request,
                when,
                if_exists,
                ..
            } = self;
            let (run, run_id) = core.start(request, when, if_exists).await?;
            Ok(RunHandle::new(&core, run, run_id))
        })
    }
}

impl Core {
    async fn start(
        self: &Arc<Self>,
        request: Request,
        when: When,
        if_exists: IfExists,
    ) -> Result<(RunNo, RunId), StartError> {
        let Request {
            spec,
            user_id,
            input,
        } = request;
        let workflow = || spec.name.to_owned();
        let Some(definition) = self.registry.get(spec.name, spec.version) else {
            return Err(StartError::NotRegistered {
                workflow: workflow(),
            });
        };
        if user_id.as_deref() == Some("") {
            return Err(StartError::EmptyId);
        }
        let refused = |why| StartError::Input {
            workflow: workflow(),
            why,
        };
        let input = input.map_err(refused)?;
        if self.is_stopped() {
            return Err(StartError::Detached);
        }
        if if_exists == IfExists::Replace
            && let Some(id) = &user_id
        {
            let freed = self.free_id(spec.name, id).await;
            freed.map_err(StartError::Store)?;
        }
        let new = self.new_run(definition, user_id, &input);
        let digest = new.input_digest;
        let run_id = new.run_id;
        let mut slot = self.slots.slot(spec.name, spec.version);
        let started = match (when, self.epoch()) {
            (When::Now, Some(epoch)) if slot.try_hold() => {
                let started = self.start_now(definition, new, epoch, &input, slot);
                started.map_err(refused)?.await
            }
            (When::Now, _) => {
                let queued = self.queued(definition, None, input);
                self.enqueue(new, self.clock.now(), queued).await
            }
            (When::At(at), _) => {
                let queued = self.queued(definition, Some(at), input);
                self.enqueue(new, at, queued).await
            }
        };
        match started? {
            StartedRun::Created(run) => Ok((run, run_id)),
            StartedRun::Exists(record) => existing(*record, &digest, if_exists),
        }
    }

    /// Frees an id, if a run that has ended has it.
    async fn free_id(&self, workflow: &str, id: &str) -> Result<(), StoreError> {
        let key = RunKey::UserId {
            workflow: workflow.to_owned(),
            id: id.to_owned(),
        };
        if let Some(record) = self.store.run(key).await? {
            self.store.set_aside(record.run).await?;
        }
        Ok(())
    }

    pub(super) fn new_run(
        &self,
        definition: &Arc<dyn Definition>,
        user_id: Option<String>,
        input: &[u8],
    ) -> NewRun {
        let spec = definition.spec();
        let now = self.clock.now();
        let run_id = RunId::from(self.with_chance(|chance| chance.uuid(now)));
        NewRun {
            run_id,
            workflow: spec.name.into(),
            version: spec.version,
            user_id,
            input_digest: codec::digest(input),
            fingerprint: definition.fingerprint(),
            lane: run_id.lane(),
            status: NewStatus::Queued { wake_at: now },
        }
    }

    /// Takes the first turn and creates the run with it, in a task that then drives the run.
    fn start_now(
        self: &Arc<Self>,
        definition: &Arc<dyn Definition>,
        new: NewRun,
        epoch: u64,
        input: &[u8],
        slot: Slot,
    ) -> Result<impl Future<Output = Result<StartedRun, StartError>> + use<>, String> {
        let new = NewRun {
            status: NewStatus::Claimed { epoch },
            ..new
        };
        let now = self.clock.now();
        let chance = self.fork_chance();
        let showing = self.showing(definition.spec());
        let first = First::Created {
            input: Value {
                bytes: input.to_vec(),
                shown: definition.shown_input(input, &showing),
            },
            showing,
        };
        let state = RunState::begin(new.run_id, chance, now, first);
        let (execution, claim) = self.execution(state);
        let run = definition.execute(Arc::clone(&execution), input)?;
        let span = run_span(new.run_id, &new.workflow, 1, false);
        let hold = Hold::New(Box::new(new));
        let driver = Driver::new(run, execution, hold, claim, self.options.park_from).in_span(span);
        let (reply, started) = oneshot::channel();
        let mailbox = Arc::new(Mailbox::default());
        let core = Arc::clone(self);
        tokio::spawn(Drive::new(core, driver, mailbox, slot, None, Some(reply)));
        Ok(async move {
            match started.await {
                Ok(Ok(started)) => Ok(started),
                Ok(Err(error)) => Err(StartError::Store(error)),
                Err(_) => Err(StartError::Detached),
            }
        })
    }

    /// The first row of a run that begins later, or in another process.
    pub(super) fn queued(
        &self,
        definition: &Arc<dyn Definition>,
        start_at: Option<Timestamp>,
        input: Vec<u8>,
    ) -> NewRow {
        let now = self.clock.now();
        let showing = self.showing(definition.spec());
        let event = Event::from(WorkflowQueued {
            input: definition.shown_input(&input, &showing),
            start_at,
        });
        NewRow {
            seq: 1,
            turn: 0,
            event_id: self.with_chance(|chance| chance.uuid(now)),
            event_type: event.event_type(),
            occurred_at: now,
            fields: event.to_fields(),
            audience: showing.audience(),
            payload: Some(input),
        }
    }

    /// Creates a run that begins later, or in another process.
    async fn enqueue(
        self: &Arc<Self>,
        new: NewRun,
        wake_at: Timestamp,
        queued: NewRow,
    ) -> Result<StartedRun, StartError> {
        let new = NewRun {
            status: NewStatus::Queued { wake_at },
            ..new
        };
        let now = queued.occurred_at;
        let commit = RunCommit::new(Target::New(Box::new(new)), vec![queued], now);
        let reply = self.store.commit(vec![commit]).await;
        match reply.map_err(StartError::Store)?.pop() {
            Some(Ok(committed)) => {
                self.told(committed, true);
                self.look_at(wake_at);
                Ok(StartedRun::Created(committed.claim.run))
            }
            Some(Err(Refused::Exists(record))) => Ok(StartedRun::Exists(record)),
            Some(Err(Refused::Failed(error))) => Err(StartError::Store(error)),
            Some(Err(Refused::Fenced | Refused::CancelRequested { .. })) | None => {
                unreachable!("a store refuses a new run only because it exists")
            }
        }
    }
}

/// The run that has the id already.
pub(super) fn existing(
    record: RunRecord,
    digest: &[u8; 32],
    if_exists: IfExists,
) -> Result<(RunNo, RunId), StartError> {
    let id = record.user_id.clone().unwrap_or_default();
    if record.input_digest != *digest {
        return Err(StartError::DifferentInput {
            workflow: record.workflow,
            id,
        });
    }
    match if_exists {
        IfExists::Attach | IfExists::Replace => Ok((record.run, record.run_id)),
        IfExists::Reject => Err(StartError::Exists {
            workflow: record.workflow,
            id,
        }),
    }
}
