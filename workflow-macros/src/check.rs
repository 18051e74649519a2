//! The rules. Each is a small function over the model.

mod determinism;
mod operations;
mod part;
mod signature;

pub(crate) use determinism::{Source, Unordered};
pub(crate) use operations::{callees, invocation, mutable, operations};
pub(crate) use signature::{Inside, qualifiers, signature};

use syn::Block;

use crate::args::Args;
use crate::diag::{Errors, attribute as words};
use crate::model::{Form, Signature};

/// The rules for the attribute's options.
pub(crate) fn attribute(args: &Args, errors: &mut Errors) {
    if args.form() == Form::Part {
        for option in ["name", "version", "capture"] {
            if let Some(given) = args.given(option) {
                errors.at(given, words::not_for_a_part(option));
            }
        }
    }
    if let Some(name) = &args.name {
        operations::name("workflow", name, errors);
    }
}

/// The rules for what stands between the operations, unless they are switched off.
pub(crate) fn determinism(args: &Args, signature: &Signature, body: &Block, errors: &mut Errors) {
    if args.allow.is_none() {
        determinism::body(&signature.params, body, errors);
    }
}
