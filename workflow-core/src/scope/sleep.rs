//! A durable sleep as a future.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::operation::Named;
use crate::run::SleepPoll;

/// A durable sleep of a workflow.
#[must_use = "a sleep does nothing until it is awaited"]
#[derive(Debug)]
pub struct Sleep<'a> {
    named: Named<'a>,
}

impl<'a> Sleep<'a> {
    pub(super) const fn new(named: Named<'a>) -> Self {
        Self { named }
    }
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Named { execution, no } = self.named;
        let now = execution.now();
        match execution.state().poll_sleep(no, cx.waker(), now) {
            SleepPoll::Pending => Poll::Pending,
            SleepPoll::Over => Poll::Ready(()),
        }
    }
}
