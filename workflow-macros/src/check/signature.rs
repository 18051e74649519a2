//! The rules for signatures.

use quote::ToTokens as _;
use syn::visit::{self, Visit};
use syn::{Lifetime, Safety, Type, TypeImplTrait, TypePath, TypeReference, TypeSlice};

use super::part;
use crate::diag::{Errors, signature as words};
use crate::model::{Form, Output, Param, Role, Signature};
use crate::text;

/// A workflow or a part is `async`, and nothing else.
pub(crate) fn qualifiers(form: Form, sig: &syn::Signature, errors: &mut Errors) {
    if sig.asyncness.is_none() {
        errors.at(sig.fn_token, words::not_async(form, &sig.ident.to_string()));
    }
    if let Some(word) = sig.constness {
        errors.at(word, words::qualifier(form, "const"));
    }
    if let Safety::Unsafe(word) = &sig.safety {
        errors.at(word, words::qualifier(form, "unsafe"));
    }
    if let Some(abi) = &sig.abi {
        errors.at(abi, words::qualifier(form, "extern"));
    }
}

/// The rules for everything before the body.
pub(crate) fn signature(form: Form, signature: &Signature, errors: &mut Errors) {
    match form {
        Form::Workflow => workflow(signature, errors),
        Form::Part => part::signature(signature, errors),
    }
    number_of_inputs(form, signature, errors);
    same_resources(signature, errors);
}

fn workflow(signature: &Signature, errors: &mut Errors) {
    generics(signature, errors);
    if let Some(receiver) = &signature.receiver {
        errors.at(receiver, words::receiver(&signature.ident.to_string()));
    }
    for param in &signature.params {
        conditional(param, words::conditional_parameter, errors);
        match &param.role {
            // What borrows with a lifetime of the function's own is reported there.
            Role::Input if signature.generics.lifetimes().next().is_some() => {}
            Role::Input => input(param, errors),
            Role::Resource(ty) => resource(param, ty, errors),
        }
    }
    output(signature, errors);
}

fn generics(signature: &Signature, errors: &mut Errors) {
    let generics = &signature.generics;
    if signature.is_generic() {
        errors.at(&generics.params, words::generic());
    } else if !generics.params.is_empty() {
        errors.at(&generics.params, words::lifetime());
    } else if let Some(clause) = &generics.where_clause {
        errors.at(clause, words::generic());
    }
}

/// A parameter is there in every build.
pub(super) fn conditional(param: &Param, message: fn() -> String, errors: &mut Errors) {
    for attr in &param.attrs {
        if attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr") {
            errors.at(attr, message());
        }
    }
}

/// An input is owned, and its type has a name.
fn input(param: &Param, errors: &mut Errors) {
    let name = text::line(param.pat.to_token_stream());
    match &param.ty {
        Type::Reference(reference) => {
            let borrowed = text::line(reference.elem.to_token_stream());
            let message = words::borrowed_input(&name, &owned(&reference.elem), &borrowed);
            errors.at(&param.ty, message);
        }
        ty => inside(ty, &name, errors),
    }
}

/// The owned type for a borrowed one.
fn owned(borrowed: &Type) -> String {
    match borrowed {
        Type::Path(TypePath { path, .. }) if path.is_ident("str") => "String".to_owned(),
        Type::Slice(TypeSlice { elem, .. }) => {
            format!("Vec<{}>", text::line(elem.to_token_stream()))
        }
        other => text::line(other.to_token_stream()),
    }
}

/// What an input's type may not contain.
fn inside(ty: &Type, name: &str, errors: &mut Errors) {
    let inside = Inside::of(ty);
    if inside.impl_trait {
        errors.at(ty, words::impl_trait_input(name));
    } else if inside.borrow {
        errors.at(ty, words::lifetime_in_input(name));
    } else if inside.self_type {
        errors.at(ty, words::self_type());
    }
}

/// What a type contains.
#[derive(Default)]
pub(crate) struct Inside {
    pub(crate) impl_trait: bool,
    borrow: bool,
    pub(super) self_type: bool,
}

impl Inside {
    pub(crate) fn of(ty: &Type) -> Self {
        let mut inside = Self::default();
        inside.visit_type(ty);
        inside
    }
}

impl<'ast> Visit<'ast> for Inside {
    fn visit_type_impl_trait(&mut self, _: &'ast TypeImplTrait) {
        self.impl_trait = true;
    }

    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        let is_static = |lifetime: &Lifetime| lifetime.ident == "static";
        self.borrow |= !reference.lifetime.as_ref().is_some_and(is_static);
        visit::visit_type_reference(self, reference);
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        self.borrow |= lifetime.ident != "static";
    }

    fn visit_type_path(&mut self, path: &'ast TypePath) {
        let first = path.path.segments.first();
        self.self_type |= first.is_some_and(|segment| segment.ident == "Self");
        visit::visit_type_path(self, path);
    }
}

/// A resource is `&T`.
pub(super) fn resource(param: &Param, ty: &Type, errors: &mut Errors) {
    let (name, owned) = (
        text::line(param.pat.to_token_stream()),
        text::line(ty.to_token_stream()),
    );
    match &param.ty {
        Type::Reference(reference) if reference.mutability.is_some() => {
            errors.at(&param.ty, words::resource_mutable(&name, &owned));
        }
        Type::Reference(reference) => {
            if let Some(lifetime) = &reference.lifetime {
                errors.at(lifetime, words::resource_lifetime());
            }
            if Inside::of(ty).impl_trait {
                errors.at(ty, words::impl_trait_input(&name));
            }
        }
        other => errors.at(other, words::resource_not_borrowed(&name, &owned)),
    }
}

fn number_of_inputs(form: Form, signature: &Signature, errors: &mut Errors) {
    let is_input = |param: &&Param| matches!(param.role, Role::Input);
    let mut inputs = signature.params.iter().filter(is_input);
    let count = inputs.clone().count();
    if let Some(thirteenth) = inputs.nth(12) {
        errors.at(&thirteenth.pat, words::too_many_inputs(form, count));
    }
}

fn same_resources(signature: &Signature, errors: &mut Errors) {
    let resources: Vec<(String, &Box<Type>)> = signature
        .params
        .iter()
        .filter_map(|param| match &param.role {
            Role::Resource(ty) => Some((text::line(ty.to_token_stream()), ty)),
            Role::Input => None,
        })
        .collect();
    for (i, (second, at)) in resources.iter().enumerate() {
        if let Some((first, first_at)) = resources[..i].iter().find(|(first, _)| first == second) {
            errors.at(at, words::same_resource(second));
            errors.at(first_at, words::first_resource(first));
        }
    }
}

fn output(signature: &Signature, errors: &mut Errors) {
    match &signature.output {
        Output::Missing => errors.at(&signature.ident, words::no_result(None)),
        Output::Plain(ty) => {
            let name = text::line(ty.to_token_stream());
            errors.at(ty, words::no_result(Some(&name)));
        }
        Output::Opaque(ty) => errors.at(ty, words::impl_trait_output()),
        Output::Given(ty) => {
            if Inside::of(ty).self_type {
                errors.at(ty, words::self_type());
            }
        }
    }
}
