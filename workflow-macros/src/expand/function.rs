//! Prints the function that callers see, with the workflow inside it.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{GenericParam, Type, parse_quote};

use super::operation::{self, inner_macro};
use super::{docs, krate, part, print, scope, spec};
use crate::diag::Errors;
use crate::model::{Conflict, Form, Output, Param, Role, Signature, Workflow};

/// What the attribute returns.
pub(crate) fn workflow(workflow: &Workflow, errors: &Errors) -> TokenStream {
    let output = output(workflow);
    let content = match (errors.leave_all(), workflow.args.form()) {
        (true, Form::Workflow) => content(workflow, &output),
        (true, Form::Part) => part::content(workflow, &output),
        (false, _) => refused(workflow, &output),
    };
    let call = call(workflow, &output, errors);
    let function = function(workflow, &call, &content);
    print::if_asked_for(&spec::name(workflow), &function);
    let errors = errors.to_compile_errors();
    quote!(#function #errors)
}

/// The type that the function returns.
fn call(workflow: &Workflow, output: &Type, errors: &Errors) -> TokenStream {
    let krate = krate(workflow);
    match workflow.args.form() {
        Form::Workflow => quote!(impl #krate::Call<Output = #output>),
        Form::Part => part::call(workflow, output, errors),
    }
}

/// The type that the body gives, or one that lets callers go on where it is a mistake.
fn output(workflow: &Workflow) -> Type {
    let krate = krate(workflow);
    let signature = &workflow.signature;
    if workflow.args.form() == Form::Part {
        return part::output(signature);
    }
    match &signature.output {
        Output::Given(ty) if names_parameter(ty, signature) => parse_quote!(#krate::Result<()>),
        Output::Missing => parse_quote!(#krate::Result<()>),
        Output::Opaque(ty) => named(ty.clone()),
        Output::Given(ty) => ty.clone(),
        Output::Plain(ty) => parse_quote!(#krate::Result<#ty>),
    }
}

/// A type with `()` in the place of each `impl Trait`.
fn named(mut ty: Type) -> Type {
    struct Named;
    impl VisitMut for Named {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            match ty {
                Type::ImplTrait(_) => *ty = parse_quote!(()),
                other => visit_mut::visit_type_mut(self, other),
            }
        }
    }
    Named.visit_type_mut(&mut ty);
    ty
}

/// Whether a type mentions a generic parameter, of which a workflow can have none.
fn names_parameter(ty: &Type, signature: &Signature) -> bool {
    let mentions = |tokens: TokenStream, name: &Ident| {
        let words = tokens.into_iter().flat_map(flatten);
        words.into_iter().any(|word| word == *name)
    };
    let mut params = signature.generics.params.iter();
    params.any(|param| match param {
        GenericParam::Type(param) => mentions(ty.to_token_stream(), &param.ident),
        GenericParam::Const(param) => mentions(ty.to_token_stream(), &param.ident),
        GenericParam::Lifetime(param) => mentions(ty.to_token_stream(), &param.lifetime.ident),
    })
}

/// The words of a token.
fn flatten(token: TokenTree) -> Vec<Ident> {
    match token {
        TokenTree::Ident(ident) => vec![ident],
        TokenTree::Group(group) => group.stream().into_iter().flat_map(flatten).collect(),
        _ => Vec::new(),
    }
}

/// The function with the user's own name, visibility and types.
fn function(workflow: &Workflow, call: &TokenStream, content: &TokenStream) -> TokenStream {
    let docs = docs::steps(workflow);
    let Signature {
        outer,
        vis,
        fn_token,
        ident,
        generics,
        receiver,
        params,
        paren,
        ..
    } = &workflow.signature;
    let receiver = receiver.iter();
    let inputs = inputs(params).map(|Param { name, ty, .. }| quote!(#name: #ty));
    let clause = &generics.where_clause;
    let mut function = quote!(#(#outer)* #docs #vis #fn_token #ident #generics);
    // The user's own parentheses and braces: with them the whole function is the user's, and the
    // compiler says of it, and not of what is in it, that it is never used.
    paren.surround(&mut function, |function| {
        function.extend(quote!(#(#receiver,)* #(#inputs),*));
    });
    function.extend(quote!(-> #call #clause));
    let brace = workflow.body.brace_token;
    brace.surround(&mut function, |function| function.extend(content.clone()));
    function
}

/// The workflow, and its call.
fn content(workflow: &Workflow, output: &Type) -> TokenStream {
    let krate = krate(workflow);
    let signature = &workflow.signature;
    let used = used(workflow);
    let imports = imports(workflow);
    let body = body(workflow, output);
    let types = input_types(signature);
    let spec = spec::spec(workflow);
    let run = scope::run(signature, output);
    let names = tuple(inputs(&signature.params).map(|param| &param.name));
    let conflicts = workflow.conflicts.iter().map(conflict);
    quote! {
        #used
        #(#conflicts)*
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
    let used = used(workflow);
    let names = inputs(&workflow.signature.params).map(|param| &param.name);
    let imports = imports(workflow);
    let body = body(workflow, output);
    let refused = match workflow.args.form() {
        Form::Workflow => quote!(refused::<#output>),
        Form::Part => quote!(refused_part),
    };
    quote! {
        #used
        #krate::__private::for_editors! {
            #imports
            struct __Workflow;
            impl __Workflow {
                #body
            }
        }
        let _ = (#(#names,)*);
        #krate::__private::#refused()
    }
}

/// The user's imports of the operations count as used, and are seen to be ours.
pub(super) fn used(workflow: &Workflow) -> Option<TokenStream> {
    let paths = workflow.called.iter().map(|(_, path)| path);
    (!workflow.called.is_empty()).then(|| quote!(const _: () = { #(#paths!(@used);)* };))
}

/// Brings into scope what the body names.
pub(super) fn imports(workflow: &Workflow) -> TokenStream {
    let krate = krate(workflow);
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
    quote! {
        #allow
        use #krate::__private::{self as __private, #(#imports),*};
    }
}

/// The user's function as it is, with the scope as its first parameter.
pub(super) fn body(workflow: &Workflow, output: &Type) -> TokenStream {
    let scope = operation::scope();
    let Signature {
        inner,
        asyncness,
        generics,
        params,
        ..
    } = &workflow.signature;
    let params = params.iter().map(|param| {
        let Param { attrs, pat, ty, .. } = param;
        quote!(#(#attrs)* #pat: #ty)
    });
    let block = &workflow.body;
    // What these lints say of the body, they say of the function, or the user can do nothing about
    // it.
    quote! {
        #(#inner)*
        #[allow(dead_code, clippy::too_many_arguments, clippy::unused_async)]
        #asyncness fn body #generics (#scope: &__private::Scope<'_>, #(#params),*) -> #output #block
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

pub(super) fn inputs(params: &[Param]) -> impl Iterator<Item = &Param> {
    params
        .iter()
        .filter(|param| matches!(param.role, Role::Input))
}

/// `()`, `(a,)`, `(a, b)`
pub(super) fn tuple<T: ToTokens>(items: impl Iterator<Item = T>) -> TokenStream {
    let items: Vec<_> = items.collect();
    match items.as_slice() {
        [only] => quote!((#only,)),
        items => quote!((#(#items),*)),
    }
}

/// Two operations of one name that must not be compiled together.
pub(super) fn conflict(conflict: &Conflict) -> TokenStream {
    let Conflict {
        cfgs,
        message,
        span,
    } = conflict;
    quote_spanned!(*span=> #(#cfgs)* ::core::compile_error! { #message })
}
