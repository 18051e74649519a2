//! Prints the manifest.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote};
use syn::ext::IdentExt as _;

use crate::model::{Callee, Nesting, Operation, Param, Role, Workflow};
use crate::text;

/// `&Spec::__new(..)`
pub(super) fn spec(workflow: &Workflow) -> TokenStream {
    let signature = &workflow.signature;
    let name = name(workflow);
    let version = workflow.args.version.map_or_else(
        || quote!(::core::option::Option::None),
        |version| quote!(::core::option::Option::Some(#version)),
    );
    let inputs = signature.params.iter().filter_map(input);
    let resources = signature.params.iter().filter_map(resource);
    let operations = workflow.operations.iter().map(operation);
    let line = line(signature.ident.span());
    let capture_full = workflow.args.capture_full;
    quote! {
        &__private::Spec::__new(
            #name,
            #version,
            &[#(#inputs),*],
            &[#(#resources),*],
            &[#(#operations),*],
            ::core::file!(),
            #line,
            #capture_full,
        )
    }
}

/// The name that runs are stored under.
pub(super) fn name(workflow: &Workflow) -> String {
    match &workflow.args.name {
        Some(name) => name.value(),
        None => workflow.signature.ident.unraw().to_string(),
    }
}

fn input(param: &Param) -> Option<TokenStream> {
    let Role::Input = param.role else { return None };
    let name = param.name.unraw().to_string();
    let type_name = &param.type_name;
    Some(quote!(__private::Input { name: #name, type_name: #type_name }))
}

fn resource(param: &Param) -> Option<TokenStream> {
    let Role::Resource(ty) = &param.role else {
        return None;
    };
    let name = param.name.unraw().to_string();
    let type_name = text::line(ty.to_token_stream());
    Some(quote! {
        __private::ResourceSpec {
            name: #name,
            type_name: #type_name,
            id: ::core::any::TypeId::of::<#ty>,
        }
    })
}

fn operation(operation: &Operation) -> TokenStream {
    let Operation {
        kind,
        name,
        keyed,
        cfgs,
        span,
        ..
    } = operation;
    let kind = format_ident!("{kind:?}");
    let options = operation
        .options
        .iter()
        .map(|(name, value)| quote!((#name, #value)));
    let nesting = operation.nesting.iter().copied().map(nesting);
    let line = line(*span);
    let name = name.value();
    let part = operation
        .callee
        .as_ref()
        .map_or_else(|| quote!(::core::option::Option::None), part);
    quote! {
        #(#cfgs)*
        __private::Operation {
            kind: __private::OperationKind::#kind,
            name: #name,
            keyed: #keyed,
            options: &[#(#options),*],
            line: #line,
            nesting: &[#(#nesting),*],
            part: #part,
        }
    }
}

/// Where the manifest of what a part calls is found.
fn part(callee: &Callee) -> TokenStream {
    let Callee { path, imports } = callee;
    quote!(::core::option::Option::Some(
        __private::spec_of!([#(#imports)*] #path)
    ))
}

fn nesting(nesting: Nesting) -> TokenStream {
    let nesting = format_ident!("{nesting:?}");
    quote!(__private::Nesting::#nesting)
}

/// The line of a span. Not `line!()` with that span: an editor would show its docs there.
fn line(span: Span) -> TokenStream {
    if proc_macro::is_available() {
        Literal::usize_unsuffixed(span.unwrap().line()).into_token_stream()
    } else {
        // A unit test, where tokens have no place.
        quote!(::core::line!())
    }
}
