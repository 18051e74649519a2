//! What other tasks of this process tell the task that drives a run.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// What a driving task is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mail {
    /// A cancel is in the inbox.
    Cancel { reason: Option<String> },
    /// Something else is in the inbox: a signal, or the end of a child.
    Inbox,
    /// Let attempts end, and give the run back.
    Drain,
    /// Give the run back now.
    Stop,
}

/// The letters to one driving task; the latest counts, and `Stop` is final.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    letters: Mutex<Letters>,
    /// Nobody owns the run in the store: it is being claimed, or waits with its future kept.
    free: AtomicBool,
    /// Its replay waits for something that is no operation.
    stalled: AtomicBool,
}

#[derive(Debug, Default)]
struct Letters {
    mail: Vec<Mail>,
    waker: Option<Waker>,
    /// What the task waited for when it was polled last.
    #[cfg(any(test, feature = "testing"))]
    rest: Option<super::quiet::Rest>,
}

impl Mailbox {
    /// The mailbox of a run that is being claimed.
    pub(super) fn claiming() -> Self {
        let mailbox = Self::default();
        mailbox.set_free(true);
        mailbox
    }

    pub(super) fn send(&self, mail: Mail) {
        let waker = {
            let mut letters = self.lock();
            letters.mail.push(mail);
            letters.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The letters that came since the last call; the next one wakes `waker`.
    pub(super) fn receive(&self, waker: &Waker) -> Vec<Mail> {
        let mut letters = self.lock();
        match &letters.waker {
            Some(held) if held.will_wake(waker) => {}
            _ => letters.waker = Some(waker.clone()),
        }
        std::mem::take(&mut letters.mail)
    }

    /// The letters that nobody will read any more.
    pub(super) fn unread(&self) -> Vec<Mail> {
        std::mem::take(&mut self.lock().mail)
    }

    /// Waits until there is a letter, and leaves it there.
    pub(super) async fn mail(&self) {
        poll_fn(|cx| {
            let mut letters = self.lock();
            if letters.mail.is_empty() {
                letters.waker = Some(cx.waker().clone());
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
    }

    /// The task has nothing to do, as far as it knows; or it has, where there is no `rest`.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn set_rest(&self, rest: Option<super::quiet::Rest>) {
        self.lock().rest = rest;
    }

    /// What the task waits for, if it has nothing to do.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn rest(&self) -> Option<super::quiet::Rest> {
        let letters = self.lock();
        letters.rest.filter(|_| letters.mail.is_empty())
    }

    pub(super) fn set_free(&self, free: bool) {
        self.free.store(free, Ordering::Release);
    }

    pub(super) fn is_free(&self) -> bool {
        self.free.load(Ordering::Acquire)
    }

    pub(super) fn set_stalled(&self, stalled: bool) {
        self.stalled.store(stalled, Ordering::Release);
    }

    pub(super) fn is_stalled(&self) -> bool {
        self.stalled.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, Letters> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
