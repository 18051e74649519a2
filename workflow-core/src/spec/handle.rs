//! From a function to its manifest.

use super::Spec;

/// What has a manifest: the call of a workflow, and of a part; implemented by the macro.
pub trait HasSpec {
    /// The manifest.
    const SPEC: &'static Spec;
}

/// A function that `#[workflow]` or `#[workflow(part)]` made.
///
/// `M` tells the numbers of inputs apart and is always inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no manifest",
    label = "neither a workflow nor a part",
    note = "add `#[workflow]` or `#[workflow(part)]` to the `async fn`"
)]
pub trait Handle<M> {
    /// The manifest.
    const SPEC: &'static Spec;
}

/// Implements [`Handle`] for functions of one number of inputs.
macro_rules! handle {
    ($($input:ident),*) => {
        impl<F, R, $($input),*> Handle<fn($($input),*)> for F
        where
            F: FnOnce($($input),*) -> R,
            R: HasSpec,
        {
            const SPEC: &'static Spec = R::SPEC;
        }
    };
}

handle!();
handle!(A);
handle!(A, B);
handle!(A, B, C);
handle!(A, B, C, D);
handle!(A, B, C, D, E);
handle!(A, B, C, D, E, G);
handle!(A, B, C, D, E, G, H);
handle!(A, B, C, D, E, G, H, I);
handle!(A, B, C, D, E, G, H, I, J);
handle!(A, B, C, D, E, G, H, I, J, K);
handle!(A, B, C, D, E, G, H, I, J, K, L);
handle!(A, B, C, D, E, G, H, I, J, K, L, N);
