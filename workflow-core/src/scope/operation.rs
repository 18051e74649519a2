//! The scope that operations borrow, and what their futures have in common.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use super::child::spec_of;
use super::part::NamedPart;
use super::step::Attempts;
use super::token::Brand;
use super::value_once::Take;
use super::{
    Attempt, Call, Child, Execution, InPart, Output, OutputValue, Part, Sleep, Step, StepValue,
    Value, Wait,
};
use crate::journal::PartPath;
use crate::run::{Name, OperationNo, Site, StepOptions, WaitOptions, Wake};

/// What the operations of a body borrow; it lives in the guard of its execution.
#[derive(Debug)]
pub struct Scope<'run> {
    execution: Arc<Execution>,
    /// The parts around the operations that borrow this.
    path: PartPath,
    _brand: Brand<'run>,
}

impl Scope<'_> {
    pub(crate) fn new(execution: Arc<Execution>) -> Self {
        Self {
            execution,
            path: PartPath::default(),
            _brand: PhantomData,
        }
    }

    pub(super) const fn execution(&self) -> &Arc<Execution> {
        &self.execution
    }

    /// A step: named now, asked for when it is first polled.
    ///
    /// `attempt` is called once for each attempt, after `step.started` is durable.
    pub fn step<'a, T, F>(
        &'a self,
        site: Site,
        key: Option<String>,
        options: StepOptions,
        attempt: F,
    ) -> Step<'a, T>
    where
        T: StepValue,
        F: FnMut() -> Pin<Box<dyn Future<Output = Attempt<T>> + Send + 'a>> + Send + 'a,
    {
        self.boxed_step(site, key, options, Box::new(attempt))
    }

    /// The same with `attempts` whose type nothing need know.
    pub(crate) fn boxed_step<'a, T: StepValue>(
        &'a self,
        site: Site,
        key: Option<String>,
        options: StepOptions,
        attempts: Box<dyn Attempts<'a, T> + 'a>,
    ) -> Step<'a, T> {
        Step::new(self.name_step(site, key, options), attempts)
    }

    fn name_step(&self, site: Site, key: Option<String>, options: StepOptions) -> Named<'_> {
        let name = self.name(site, key);
        let no = self.execution.state().name_step(name, options);
        self.named(no)
    }

    /// A durable sleep: named now, asked for when it is first polled.
    pub fn sleep(&self, site: Site, key: Option<String>, wake: impl Into<Wake>) -> Sleep<'_> {
        let name = self.name(site, key);
        let no = self.execution.state().name_sleep(name, wake.into());
        Sleep::new(self.named(no))
    }

    /// A value that differs from call to call: taken once, and read from the log ever after.
    pub fn value<'a, T: StepValue>(
        &'a self,
        site: Site,
        key: Option<String>,
        take: impl FnOnce() -> T + Send + 'a,
    ) -> Value<'a, T> {
        self.boxed_value(site, key, Box::new(take))
    }

    /// The same with a `take` whose type nothing need know.
    pub(crate) fn boxed_value<'a, T: StepValue>(
        &'a self,
        site: Site,
        key: Option<String>,
        take: Box<Take<'a, T>>,
    ) -> Value<'a, T> {
        let no = self.execution.state().name_value(self.name(site, key));
        Value::new(self.named(no), take)
    }

    /// A wait for a signal: named now, asked for when it is first polled.
    pub fn wait<T: StepValue>(
        &self,
        site: Site,
        key: Option<String>,
        options: WaitOptions,
    ) -> Wait<'_, T> {
        let name = self.name(site, key);
        let no = self.execution.state().name_wait(name, options);
        Wait::new(self.named(no))
    }

    /// A run of another workflow: named now, started when it is first polled.
    pub fn child<'a, C, T>(&'a self, site: Site, key: Option<String>, call: C) -> Child<'a, T>
    where
        C: Call<Output: Output<Value = T>> + 'a,
        T: OutputValue,
    {
        let name = self.name(site, key);
        let workflow = spec_of(&call).name;
        let no = self.execution.state().name_child(name, workflow);
        Child::new(self.named(no), call)
    }

    /// A part: a helper with operations of its own, whose identity begins with this name and key.
    pub fn part<'a, 'part: 'a, O: 'part, S>(
        &'a self,
        site: Site,
        key: Option<String>,
        part: Part<'part, O, S>,
    ) -> InPart<'a, O> {
        let id = self.execution.state().name_part(self.name(site, key));
        let inside = Scope {
            execution: Arc::clone(&self.execution),
            path: PartPath::inside(&id),
            _brand: PhantomData,
        };
        let execution = &self.execution;
        InPart::new(part.run(inside), NamedPart { execution, id })
    }

    /// A resource of the engine.
    ///
    /// # Panics
    ///
    /// Where the engine has none of this type: the builder refuses workflows whose parts need one
    /// that is missing.
    pub fn resource<T: ?Sized + Send + Sync + 'static>(&self) -> &T {
        self.execution.resources().get()
    }

    fn name(&self, site: Site, key: Option<String>) -> Name {
        Name {
            path: self.path.clone(),
            site,
            key,
        }
    }

    fn named(&self, no: OperationNo) -> Named<'_> {
        Named {
            execution: &self.execution,
            no,
        }
    }
}

/// An operation of this execution; dropping it takes back what is not committed yet.
#[derive(Debug)]
pub(super) struct Named<'a> {
    pub(super) execution: &'a Execution,
    pub(super) no: OperationNo,
}

impl Drop for Named<'_> {
    fn drop(&mut self) {
        self.execution.state().drop_operation(self.no);
    }
}
