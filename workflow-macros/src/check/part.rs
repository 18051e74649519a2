//! The rules for the signatures of parts: what they take may be borrowed, and what they give may be
//! anything.

use quote::ToTokens as _;

use super::signature::{self, Inside};
use crate::diag::{Errors, part as words};
use crate::model::{Output, Param, Role, Signature};
use crate::text;

/// The rules for everything before the body.
pub(super) fn signature(signature: &Signature, errors: &mut Errors) {
    generics(signature, errors);
    if let Some(receiver) = &signature.receiver {
        errors.at(receiver, words::receiver(&signature.ident.to_string()));
    }
    for param in &signature.params {
        signature::conditional(param, words::conditional_parameter, errors);
        match &param.role {
            Role::Input => argument(param, errors),
            Role::Resource(ty) => signature::resource(param, ty, errors),
        }
    }
    output(signature, errors);
}

/// A part may have lifetimes, and no other parameters.
fn generics(signature: &Signature, errors: &mut Errors) {
    let generics = &signature.generics;
    if signature.is_generic() {
        errors.at(&generics.params, words::generic());
    } else if let Some(clause) = &generics.where_clause {
        errors.at(clause, words::generic());
    }
}

fn argument(param: &Param, errors: &mut Errors) {
    let inside = Inside::of(&param.ty);
    if inside.impl_trait {
        let name = text::line(param.pat.to_token_stream());
        errors.at(&param.ty, words::impl_trait_argument(&name));
    } else if inside.self_type {
        errors.at(&param.ty, words::self_type());
    }
}

fn output(signature: &Signature, errors: &mut Errors) {
    match &signature.output {
        Output::Opaque(ty) => errors.at(ty, words::impl_trait_output()),
        Output::Given(ty) | Output::Plain(ty) => {
            if Inside::of(ty).self_type {
                errors.at(ty, words::self_type());
            }
        }
        Output::Missing => {}
    }
}
