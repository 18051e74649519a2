//! A durable sleep as a future.
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};
use workflow_tracker::Timestamp;

/// How long a sleep lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// This long, from the moment it is asked for.
    After(Duration),
    /// Until this instant.
    At(Timestamp),
}
impl From<Duration> for Wake {
    fn from(d: Duration) -> Self {
        Self::After(d)
    }
}
impl From<SystemTime> for Wake {
    fn from(t: SystemTime) -> Self {
        Self::At(t.into())
    }
}
impl From<Timestamp> for Wake {
    fn from(t: Timestamp) -> Self {
        Self::At(t)
    }
}

/// A durable sleep of a workflow.
#[must_use = "a sleep does nothing until it is awaited"]
#[derive(Debug)]
pub struct Sleep<'a> {
    _p: PhantomData<&'a ()>,
}
impl Future for Sleep<'_> {
    type Output = ();
    fn poll(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<()> {
        todo!()
    }
}
