//! Attempts that borrow from what a step took by value.
//!
//! A closure cannot lend what it owns to the futures that it returns. So the owner is a future:
//! it keeps what was taken and never ends, and every attempt runs inside its polls.

use std::any::Any;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::attempt::Running;
use crate::scope::Attempt;

/// The owner of what was taken.
type Owner<'a> = Pin<Box<dyn Future<Output = Infallible> + Send + 'a>>;

/// What the owner and the attempt under way tell each other.
enum Slot<T> {
    Idle,
    /// An attempt is to begin.
    Asked,
    /// The attempt runs.
    Running,
    /// The attempt is to be dropped.
    Abandoned,
    /// The attempt ended, perhaps in a panic.
    Ended(Result<Attempt<T>, Box<dyn Any + Send>>),
}

/// The owner's side.
pub struct Lender<T>(Arc<Mutex<Slot<T>>>);

/// The attempts of a step that took what it uses.
pub fn lend<'a, T, O, F>(owner: O) -> impl FnMut() -> Running<'a, T> + Send + 'a
where
    T: Send + 'a,
    O: FnOnce(Lender<T>) -> F,
    F: Future<Output = Infallible> + Send + 'a,
{
    let slot = Arc::new(Mutex::new(Slot::Idle));
    let owner: Owner<'a> = Box::pin(owner(Lender(Arc::clone(&slot))));
    let owner = Arc::new(Mutex::new(owner));
    move || {
        *lock(&slot) = Slot::Asked;
        Box::pin(Lent {
            slot: Arc::clone(&slot),
            owner: Arc::clone(&owner),
        })
    }
}

impl<T> Lender<T> {
    /// Runs every attempt that is asked for; never ends.
    pub async fn serve<'x>(self, mut attempt: impl FnMut() -> Running<'x, T>) -> Infallible {
        let mut running = None;
        poll_fn(move |cx| {
            let next = match mem::replace(&mut *lock(&self.0), Slot::Idle) {
                Slot::Asked => go(running.insert(None), &mut attempt, cx),
                Slot::Running => go(running.get_or_insert(None), &mut attempt, cx),
                Slot::Abandoned => abandon(running.take()),
                slot @ (Slot::Idle | Slot::Ended(_)) => slot,
            };
            if !matches!(next, Slot::Running) {
                running = None;
            }
            *lock(&self.0) = next;
            Poll::Pending
        })
        .await
    }
}

/// Polls the attempt; begins it first, where there is none. A panic is carried to the runtime: it
/// must not end the owner, which lends to the next attempt.
fn go<'x, T>(
    running: &mut Option<Running<'x, T>>,
    attempt: &mut impl FnMut() -> Running<'x, T>,
    cx: &mut Context<'_>,
) -> Slot<T> {
    let poll = || running.get_or_insert_with(attempt).as_mut().poll(cx);
    match catch_unwind(AssertUnwindSafe(poll)) {
        Ok(Poll::Pending) => Slot::Running,
        Ok(Poll::Ready(attempt)) => Slot::Ended(Ok(attempt)),
        Err(panic) => Slot::Ended(Err(panic)),
    }
}

/// Drops the attempt.
fn abandon<T, R>(running: R) -> Slot<T> {
    match catch_unwind(AssertUnwindSafe(|| drop(running))) {
        Ok(()) => Slot::Idle,
        Err(panic) => Slot::Ended(Err(panic)),
    }
}

/// One attempt, as the runtime sees it.
struct Lent<'a, T> {
    slot: Arc<Mutex<Slot<T>>>,
    owner: Arc<Mutex<Owner<'a>>>,
}

impl<T> Lent<'_, T> {
    /// Lets the owner act; gives the attempt's end, once there is one.
    fn poll_owner(&self, cx: &mut Context<'_>) -> Poll<Attempt<T>> {
        let Poll::Pending = lock(&self.owner).as_mut().poll(cx);
        let mut slot = lock(&self.slot);
        match mem::replace(&mut *slot, Slot::Idle) {
            Slot::Ended(Ok(attempt)) => Poll::Ready(attempt),
            Slot::Ended(Err(panic)) => {
                drop(slot);
                resume_unwind(panic)
            }
            other => {
                *slot = other;
                Poll::Pending
            }
        }
    }
}

impl<T> Future for Lent<'_, T> {
    type Output = Attempt<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Attempt<T>> {
        self.poll_owner(cx)
    }
}

/// The attempt that runs is dropped now, and not when the next one begins: it may hold a lock.
impl<T> Drop for Lent<'_, T> {
    fn drop(&mut self) {
        let running = matches!(*lock(&self.slot), Slot::Running);
        if running {
            *lock(&self.slot) = Slot::Abandoned;
            let _ = self.poll_owner(&mut Context::from_waker(Waker::noop()));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::pending;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::super::attempt::attempt;
    use super::*;

    fn poll<T>(running: &mut Running<'_, T>) -> Poll<Attempt<T>> {
        running
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Counts how often it is dropped.
    struct Held<'a>(&'a AtomicU32);
    impl Drop for Held<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn every_attempt_borrows_from_what_was_taken() {
        let tries = AtomicU32::new(0);
        let taken = String::from("taken");
        let mut attempts = lend(|lender| async move {
            let tries = &tries;
            lender
                .serve(|| {
                    attempt(async {
                        let count = tries.fetch_add(1, Ordering::SeqCst);
                        Attempt::completed(format!("{taken} {count}"))
                    })
                })
                .await
        });
        for n in 0..3 {
            let Poll::Ready(end) = poll(&mut attempts()) else {
                panic!("the attempt never waits")
            };
            assert_eq!(end.into_value(), Some(format!("taken {n}")));
        }
    }

    #[test]
    fn an_attempt_that_is_dropped_is_dropped_at_once_and_the_next_one_runs() {
        let dropped = AtomicU32::new(0);
        let mut attempts = lend(|lender| async {
            let held = &dropped;
            lender
                .serve(|| {
                    attempt::<u32>(async {
                        let _held = Held(held);
                        pending().await
                    })
                })
                .await
        });
        for n in 0..3 {
            let mut running = attempts();
            assert!(poll(&mut running).is_pending());
            assert_eq!(dropped.load(Ordering::SeqCst), n);
            drop(running);
            assert_eq!(dropped.load(Ordering::SeqCst), n + 1);
        }
    }

    #[test]
    fn a_panic_reaches_the_runtime_and_the_next_attempt_runs() {
        let first = Mutex::new(Cell::new(true));
        let mut attempts = lend(|lender| async move {
            lender
                .serve(|| {
                    attempt(async {
                        assert!(!lock(&first).replace(false), "the first attempt panics");
                        Attempt::completed(7)
                    })
                })
                .await
        });
        let mut running = attempts();
        assert!(catch_unwind(AssertUnwindSafe(|| poll(&mut running))).is_err());
        drop(running);
        let Poll::Ready(end) = poll(&mut attempts()) else {
            panic!("the attempt never waits")
        };
        assert_eq!(end.into_value(), Some(7));
    }
}
