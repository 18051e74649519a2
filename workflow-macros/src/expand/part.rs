//! Prints a part: a function that returns its call, with the body inside it.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{Type, parse_quote};

use super::function::{body, conflict, imports, used};
use super::{krate, spec};
use crate::borrows;
use crate::diag::Errors;
use crate::model::{Output, Param, Role, Signature, Workflow};

/// The type that the body gives, or one that lets callers go on where it is a mistake.
pub(super) fn output(signature: &Signature) -> Type {
    match &signature.output {
        Output::Given(ty) | Output::Plain(ty) if !signature.is_generic() => ty.clone(),
        Output::Given(_) | Output::Plain(_) | Output::Opaque(_) | Output::Missing => {
            parse_quote!(())
        }
    }
}

/// The type of the call.
pub(super) fn call(workflow: &Workflow, output: &Type, errors: &Errors) -> TokenStream {
    let krate = krate(workflow);
    let lifetime = borrows::of(&workflow.signature.generics);
    let lifetime = lifetime.map_or_else(|| quote!('static), |lifetime| quote!(#lifetime));
    let spec = if errors.leave_all() {
        quote!(impl #krate::HasSpec + use<>)
    } else {
        quote!(#krate::__private::RefusedPart)
    };
    quote!(#krate::Part<#lifetime, #output, #spec>)
}

/// The part, and its call.
pub(super) fn content(workflow: &Workflow, output: &Type) -> TokenStream {
    let krate = krate(workflow);
    let signature = &workflow.signature;
    let used = used(workflow);
    let imports = imports(workflow);
    let body = body(workflow, output);
    let spec = spec::spec(workflow);
    let conflicts = workflow.conflicts.iter().map(conflict);
    let arguments = signature.params.iter().map(argument);
    // A future that is not `Send` is reported at the `async` that the user wrote.
    let run = quote_spanned! {signature.asyncness.span=>
        __private::boxed(__Part::body(scope, #(#arguments),*))
    };
    quote! {
        #used
        #(#conflicts)*
        #imports
        struct __Part;
        impl __Part {
            #body
        }
        impl #krate::HasSpec for __Part {
            const SPEC: &'static __private::Spec = #spec;
        }
        __private::part(__Part, move |scope| #run)
    }
}

fn argument(param: &Param) -> TokenStream {
    match &param.role {
        Role::Input => param.name.to_token_stream(),
        Role::Resource(ty) => quote!(scope.resource::<#ty>()),
    }
}
