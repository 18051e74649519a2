//! A part, from the call of its helper to its place in a run, and to its manifest.

use std::future::Future;
use std::pin::Pin;

use crate::scope::{InPart, Part, Scope, Site};
use crate::spec::{Handle, HasSpec, Spec};

/// The body of a part under way.
type Boxed<'a, O> = Pin<Box<dyn Future<Output = O> + Send + 'a>>;

/// The call of a part with this manifest and body.
pub fn part<'a, O, S, F>(_spec: S, body: F) -> Part<'a, O, S>
where
    O: 'a,
    F: for<'s> FnOnce(&'s Scope<'a>) -> Boxed<'s, O> + Send + 'a,
{
    Part::new(body)
}

/// The body of a part: here a future that is not `Send` is reported.
pub fn boxed<'s, O>(body: impl Future<Output = O> + Send + 's) -> Boxed<'s, O> {
    Box::pin(body)
}

/// What `part!` takes.
///
/// The output is a parameter and not associated, because its projection would be one more error
/// where something else is given.
#[diagnostic::on_unimplemented(
    message = "`part!` calls a function marked `#[workflow(part)]`, and this gives `{Self}`",
    label = "not the call of a part",
    note = "mark the function with `#[workflow(part)]`; where it has no operations of its own, \
            call it in a `step!` instead"
)]
pub trait IntoPart<'a, O> {
    /// The part in its place.
    fn in_part(self, scope: &'a Scope<'_>, site: Site, key: Option<String>) -> InPart<'a, O>;
}

#[diagnostic::do_not_recommend]
impl<'a, 'part: 'a, O: 'part, S> IntoPart<'a, O> for Part<'part, O, S> {
    fn in_part(self, scope: &'a Scope<'_>, site: Site, key: Option<String>) -> InPart<'a, O> {
        scope.part(site, key, self)
    }
}

/// The function that a part calls, whose manifest is asked for.
#[derive(Debug)]
pub struct Callee<F>(pub F);

/// The traits that find the manifest; the expansion imports them all.
///
/// A function that is no part is reported at its call; here it would be reported once more.
pub mod links {
    use super::{Callee, Handle, Spec};

    /// A part.
    pub trait IsPart<M> {
        /// Its manifest.
        fn spec(&self) -> &'static Spec;
    }
    impl<F: Handle<M>, M> IsPart<M> for &Callee<F> {
        fn spec(&self) -> &'static Spec {
            F::SPEC
        }
    }

    /// Anything else.
    pub trait IsNone {
        /// Never called.
        fn spec(&self) -> &'static Spec;
    }
    impl<F> IsNone for Callee<F> {
        fn spec(&self) -> &'static Spec {
            unreachable!("`part!` with the call of something else does not compile")
        }
    }
}

/// The manifest of a part that the macro refused.
#[derive(Debug)]
pub struct RefusedPart;

impl HasSpec for RefusedPart {
    const SPEC: &'static Spec = &Spec::__new("", None, &[], &[], &[], file!(), line!(), false);
}

/// The call of a part that the macro refused: it has the right type, so that its callers are not
/// reported as well. The crate does not compile, so nothing ever runs it.
pub fn refused_part<'a, O: 'a>() -> Part<'a, O, RefusedPart> {
    Part::new(|_| unreachable!("a function that the macro refused does not compile"))
}
