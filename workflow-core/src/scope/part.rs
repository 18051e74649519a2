//! A part: a helper of a workflow, with operations of its own, as a future inside the body.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::{Execution, Scope};
use crate::journal::OperationId;
use crate::spec::{HasSpec, Spec};

/// A future on the heap that borrows.
type Boxed<'a, O> = Pin<Box<dyn Future<Output = O> + Send + 'a>>;

/// The body of a part, given the scope that is the part's own.
type Body<'a, O> = dyn for<'s> FnOnce(&'s Scope<'a>) -> Boxed<'s, O> + Send + 'a;

/// A call of a `#[workflow(part)]` helper. It runs inside `part!` and nowhere else.
///
/// `S` is the helper's manifest, which the macro made.
#[must_use = "a part runs only inside `part!(\"name\", ..)`"]
pub struct Part<'a, O, S> {
    body: Box<Body<'a, O>>,
    _spec: PhantomData<fn() -> S>,
}

impl<O, S: HasSpec> HasSpec for Part<'_, O, S> {
    const SPEC: &'static Spec = S::SPEC;
}

/// Says of a part that is awaited by itself what to write instead; nothing implements it.
#[diagnostic::on_unimplemented(
    message = "a part runs only inside `part!`, which gives it its place in the run",
    label = "a part, awaited without `part!`",
    note = "write `part!(\"invoices\", invoices(&order)).await`"
)]
pub trait Awaited {}

impl<O, S: Awaited> Future for Part<'_, O, S> {
    type Output = O;

    fn poll(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<O> {
        unreachable!("nothing is `Awaited`")
    }
}

impl<O, S> fmt::Debug for Part<'_, O, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").finish_non_exhaustive()
    }
}

impl<'a, O: 'a, S> Part<'a, O, S> {
    /// A call that runs this body, with a scope that is the part's own.
    pub fn new<F>(body: F) -> Self
    where
        F: for<'s> FnOnce(&'s Scope<'a>) -> Boxed<'s, O> + Send + 'a,
    {
        Self {
            body: Box::new(body),
            _spec: PhantomData,
        }
    }

    /// The body as a future that owns its scope.
    pub(super) fn run(self, scope: Scope<'a>) -> Boxed<'a, O> {
        let body = self.body;
        Box::pin(async move { body(&scope).await })
    }
}

/// A part of a workflow under way.
#[must_use = "a part does nothing until it is awaited"]
pub struct InPart<'a, O> {
    // Before `named`: what is inside the part ends while the part is still known.
    future: Boxed<'a, O>,
    named: NamedPart<'a>,
}

impl<'a, O> InPart<'a, O> {
    pub(super) fn new(future: Boxed<'a, O>, named: NamedPart<'a>) -> Self {
        Self { future, named }
    }
}

impl<O> fmt::Debug for InPart<'_, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InPart")
            .field("id", &self.named.id)
            .finish_non_exhaustive()
    }
}

impl<O> Future for InPart<'_, O> {
    type Output = O;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<O> {
        self.future.as_mut().poll(cx)
    }
}

/// A part of this execution; while it is alive, its key names nothing else.
pub(super) struct NamedPart<'a> {
    pub(super) execution: &'a Execution,
    pub(super) id: OperationId,
}

impl Drop for NamedPart<'_> {
    fn drop(&mut self) {
        self.execution.state().drop_part(&self.id);
    }
}
