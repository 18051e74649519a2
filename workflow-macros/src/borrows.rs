//! Names what a part borrows: its arguments live at least as long as the part.

use proc_macro2::Span;
use syn::visit_mut::{self, VisitMut};
use syn::{
    GenericParam, Generics, Lifetime, LifetimeParam, ParenthesizedGenericArguments, TypeFnPtr,
    TypeReference,
};

use crate::model::{Output, Role, Signature};

/// The name of the lifetime.
const NAME: &str = "part";

/// Gives all that the arguments and the output borrow a lifetime with a name, and makes it a
/// parameter of the function, unless nothing is borrowed.
///
/// The call of a part has a type that names what it borrows, and the body has the scope as a
/// parameter, with which nothing could be left unnamed in the output.
pub(crate) fn name(signature: &mut Signature) {
    let mut borrows = Borrows { found: false };
    for param in &mut signature.params {
        if let Role::Input = param.role {
            borrows.visit_type_mut(&mut param.ty);
        }
    }
    if let Output::Given(ty) | Output::Plain(ty) = &mut signature.output {
        borrows.visit_type_mut(ty);
    }
    if borrows.found || signature.generics.lifetimes().next().is_some() {
        declare(&mut signature.generics);
    }
}

/// The lifetime of the part, as far as there is one.
pub(crate) fn of(generics: &Generics) -> Option<&Lifetime> {
    let mut lifetimes = generics.lifetimes().map(|param| &param.lifetime);
    lifetimes.find(|lifetime| lifetime.ident == NAME)
}

/// Declares the lifetime; those of the user outlive it.
fn declare(generics: &mut Generics) {
    let part = lifetime(Span::call_site());
    for param in generics.lifetimes_mut() {
        if param.lifetime.ident != NAME {
            param.bounds.push(part.clone());
        }
    }
    if of(generics).is_none() {
        let param = GenericParam::Lifetime(LifetimeParam::new(part));
        generics.params.insert(0, param);
        generics.lt_token.get_or_insert_default();
        generics.gt_token.get_or_insert_default();
    }
}

fn lifetime(span: Span) -> Lifetime {
    Lifetime::new("'part", span)
}

struct Borrows {
    found: bool,
}

impl VisitMut for Borrows {
    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        if reference.lifetime.is_none() {
            reference.lifetime = Some(lifetime(reference.and_token.span));
            self.found = true;
        }
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_lifetime_mut(&mut self, found: &mut Lifetime) {
        if found.ident == "_" {
            *found = lifetime(found.span());
            self.found = true;
        }
    }

    // What a function takes and gives has lifetimes of its own.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {
    }
}
