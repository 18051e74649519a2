//! Prints the function that callers see, with the workflow inside it.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Type, parse_quote};

use super::operation::{self, inner_macro};
use super::{docs, krate, print, scope, spec};
use crate::diag::Errors;
use crate::model::{Output, Param, Role, Signature, Workflow};

/// What the attribute returns.
pub(crate) fn workflow(workflow: &Workflow, errors: &Errors) -> TokenStream {
    let output = output(workflow);
    let content = if errors.is_empty() {
        content(workflow, &output)
    } else {
        refused(workflow, &output)
    };
    let function = function(workflow, &output, &content);
    print::if_asked_for(&spec::name(workflow), &function);
    let errors = errors.to_compile_errors();
    quote!(#errors #function)
}

/// The type that the function returns, or one that lets callers go on where it is a mistake.
fn output(workflow: &Workflow) -> Type {
    let krate = krate(workflow);
    let signature = &workflow.signature;
    match &signature.output {
        _ if !signature.generics.params.is_empty() => parse_quote!(#krate::Result<()>),
        Output::Given(Type::ImplTrait(_)) | Output::Missing => parse_quote!(#krate::Result<()>),
        Output::Given(ty) => ty.clone(),
        Output::Plain(ty) => parse_quote!(#krate::Result<#ty>),
    }
}

/// The function with the user's own name, visibility and types.
fn function(workflow: &Workflow, output: &Type, content: &TokenStream) -> TokenStream {
    let krate = krate(workflow);
    let docs = docs::steps(workflow);
    let Signature {
        outer,
        vis,
        fn_token,
        ident,
        generics,
        receiver,
        params,
        ..
    } = &workflow.signature;
    let receiver = receiver.iter();
    let inputs = inputs(params).map(|Param { name, ty, .. }| quote!(#name: #ty));
    let clause = &generics.where_clause;
    quote! {
        #(#outer)*
        #docs
        #vis #fn_token #ident #generics (
            #(#receiver,)* #(#inputs),*
        ) -> impl #krate::Call<Output = #output> #clause {
            #content
        }
    }
}

/// The workflow, and its call.
fn content(workflow: &Workflow, output: &Type) -> TokenStream {
    let krate = krate(workflow);
    let signature = &workflow.signature;
    let imports = imports(workflow);
    let body = body(workflow, output);
    let types = input_types(signature);
    let spec = spec::spec(workflow);
    let run = scope::run(signature, output);
    let names = tuple(inputs(&signature.params).map(|param| &param.name));
    quote! {
        #imports
        struct __Workflow;
        impl __Workflow {
            #body
        }
        impl #krate::Workflow for __Workflow {
            type Input = #types;
            type Output = #output;
            const SPEC: &'static __private::Spec = #spec;
            #run
        }
        __private::call::<__Workflow>(#names)
    }
}

/// What stands in the place of a workflow with mistakes: the right type, so that one mistake is
/// not reported twenty times; and for editors the body, so that they go on completing in it.
fn refused(workflow: &Workflow, output: &Type) -> TokenStream {
    let krate = krate(workflow);
    let names = inputs(&workflow.signature.params).map(|param| &param.name);
    let imports = imports(workflow);
    let body = body(workflow, output);
    quote! {
        #[cfg(rust_analyzer)]
        const _: () = {
            #imports
            struct __Workflow;
            impl __Workflow {
                #body
            }
        };
        let _ = (#(#names,)*);
        #krate::__private::refused::<#output>()
    }
}

/// The user's macros count as used and are seen to be ours; the body's macros come into scope.
fn imports(workflow: &Workflow) -> TokenStream {
    let krate = krate(workflow);
    let used = workflow.called.iter().map(|(_, path)| path);
    let mut inner: Vec<_> = workflow
        .operations
        .iter()
        .map(|op| inner_macro(op.kind, op.moves))
        .collect();
    inner.sort_unstable();
    inner.dedup();
    let imports = inner.into_iter().map(|name| {
        let (name, alias) = (format_ident!("{name}"), format_ident!("__{name}"));
        quote!(#name as #alias)
    });
    // Where the only operation of a kind is conditional, its import may be unused.
    let conditional = workflow.operations.iter().any(|op| !op.cfgs.is_empty());
    let allow = conditional.then(|| quote!(#[allow(unused_imports)]));
    let used = (!workflow.called.is_empty()).then(|| quote!(const _: () = { #(#used!(@used);)* };));
    quote! {
        #used
        #allow
        use #krate::__private::{self as __private, #(#imports),*};
    }
}

/// The user's function as it is, with the scope as its first parameter.
fn body(workflow: &Workflow, output: &Type) -> TokenStream {
    let scope = operation::scope();
    let Signature {
        inner,
        asyncness,
        params,
        ..
    } = &workflow.signature;
    let params = params.iter().map(|param| {
        let Param { attrs, pat, ty, .. } = param;
        quote!(#(#attrs)* #pat: #ty)
    });
    let block = &workflow.body;
    quote! {
        #(#inner)*
        #asyncness fn body(#scope: &__private::Scope<'_>, #(#params),*) -> #output #block
    }
}

/// The inputs as a tuple, at the place where the user wrote them.
fn input_types(signature: &Signature) -> TokenStream {
    let types: Vec<_> = inputs(&signature.params).map(|param| &param.ty).collect();
    match types.as_slice() {
        [only] => quote_spanned!(only.span()=> (#only,)),
        types => quote_spanned!(signature.paren.span.join()=> (#(#types),*)),
    }
}

fn inputs(params: &[Param]) -> impl Iterator<Item = &Param> {
    params.iter().filter(|param| matches!(param.role, Role::Input))
}

/// `()`, `(a,)`, `(a, b)`
pub(super) fn tuple<T: ToTokens>(items: impl Iterator<Item = T>) -> TokenStream {
    let items: Vec<_> = items.collect();
    match items.as_slice() {
        [only] => quote!((#only,)),
        items => quote!((#(#items),*)),
    }
}
