//! The guard: a run's only writer.
use super::token::Brand;
use super::{Finished, Output, RunToken, Scope};
use crate::error::Failure;
use crate::spec::Spec;
use std::future::Future;
use std::marker::PhantomData;

/// The run's only writer.
#[derive(Debug)]
pub struct TrackerGuard<'run> {
    scope: Scope<'run>,
}

/// What the body came to.
#[derive(Debug)]
#[must_use = "every outcome must reach the guard"]
pub enum Driven<O> {
    /// returned
    Returned(O),
    /// panicked
    Panicked(Panicked),
    /// dropped
    Interrupted(Interrupted),
}
/// A panic of the body.
#[derive(Debug)]
pub struct Panicked(());
/// Why the body was dropped.
#[derive(Debug)]
pub struct Interrupted(());
/// The outcome.
#[derive(Debug)]
#[must_use = "flush it"]
pub struct Closed<'run, O> {
    _b: Brand<'run>,
    _o: PhantomData<fn() -> O>,
}

impl<'run> TrackerGuard<'run> {
    /// Opens
    pub fn open(token: RunToken<'run>, spec: &'static Spec) -> Self {
        let _ = (token, spec);
        Self {
            scope: Scope::new(),
        }
    }
    /// The scope
    pub fn scope(&self) -> &Scope<'run> {
        &self.scope
    }
    /// A resource
    pub fn resource<T: ?Sized + Send + Sync + 'static>(&self) -> &T {
        todo!()
    }
    /// drive
    pub async fn drive<F: Future>(&self, body: F) -> Driven<F::Output> {
        let _ = body.await;
        todo!()
    }
    /// completed
    pub fn completed<T, E>(&self, output: T) -> Closed<'run, Result<T, E>>
    where
        Result<T, E>: Output,
    {
        drop(output);
        todo!()
    }
    /// failed
    pub fn failed<O>(&self, failure: Failure) -> Closed<'run, O> {
        drop(failure);
        todo!()
    }
    /// panicked
    pub fn panicked<O>(&self, panicked: Panicked) -> Closed<'run, O> {
        drop(panicked);
        todo!()
    }
    /// interrupted
    pub fn interrupted<O>(&self, interrupted: Interrupted) -> Closed<'run, O> {
        drop(interrupted);
        todo!()
    }
    /// flush
    #[expect(clippy::unused_async, reason = "skeleton")]
    pub async fn flush<O>(self, closed: Closed<'run, O>) -> Finished<'run, O> {
        drop(closed);
        todo!()
    }
}
