//! A step as a future.
use crate::error::{Failure, StepError};
use crate::retry::Retry;
use serde::Serialize;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// The options of a step.
#[derive(Clone, Debug, Default)]
pub struct StepOptions {
    /// When a failed attempt is tried again; `None`: never.
    pub retry: Option<Retry>,
    /// How long each attempt may take.
    pub timeout: Option<Duration>,
}

/// What one attempt came to: the encoded value, or the described error. `T` is the value's type.
#[derive(Debug)]
pub struct Attempt<T> {
    pub(crate) result: Result<Vec<u8>, Failed>,
    pub(crate) value: PhantomData<fn() -> T>,
}

/// A failed attempt.
#[derive(Debug)]
pub struct Failed {
    /// The error, described.
    pub failure: Failure,
    /// Whether `retry_if` allows another attempt.
    pub retry: bool,
}

impl<T> Attempt<T> {
    /// The attempt returned this value.
    pub fn completed(value: &T) -> Self
    where
        T: Serialize,
    {
        let result = crate::codec::encode(value).map_err(|_| todo!());
        Self {
            result,
            value: PhantomData,
        }
    }
    /// The attempt returned an error.
    pub fn failed(failed: Failed) -> Self {
        Self {
            result: Err(failed),
            value: PhantomData,
        }
    }
}

/// A step of a workflow.
#[must_use = "a step does nothing until it is awaited"]
#[derive(Debug)]
pub struct Step<'a, T> {
    _p: PhantomData<(&'a (), fn() -> T)>,
}

impl<T: serde::de::DeserializeOwned> Future for Step<'_, T> {
    type Output = Result<T, StepError>;
    fn poll(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Self::Output> {
        todo!()
    }
}
