//! The rules. Each is a small function over the model.

mod operations;
mod signature;

pub(crate) use operations::{invocation, operations};
pub(crate) use signature::{Inside, qualifiers, signature};

use crate::args::Args;
use crate::diag::Errors;

/// The rules for the attribute's options.
pub(crate) fn attribute(args: &Args, errors: &mut Errors) {
    if let Some(name) = &args.name {
        operations::name("workflow", name, errors);
    }
}
