//! The way of a function through the macro: understand, check, print.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Item, ItemFn, TraitItemFn};

use crate::args::Args;
use crate::audience::Audience;
use crate::diag::{Errors, attribute, operation};
use crate::model::{Form, Kind, Workflow};
use crate::{analyze, borrows, check, expand, signature};

/// What `#[workflow(args)] item` becomes. Mistakes come last: see [`Audience`].
pub(crate) fn expand(args: TokenStream, item: &TokenStream, audience: Audience) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::read(args, &mut errors);
    match syn::parse2::<ItemFn>(item.clone()) {
        Ok(function) => {
            let workflow = understand(audience, args, function, &mut errors);
            expand::workflow(&workflow, &errors)
        }
        Err(error) => {
            refuse_item(item, error, &mut errors);
            let errors = errors.to_compile_errors();
            quote!(#errors #item)
        }
    }
}

/// Reads a workflow and reports its mistakes.
fn understand(audience: Audience, args: Args, function: ItemFn, errors: &mut Errors) -> Workflow {
    check::attribute(&args, errors);
    let form = args.form();
    check::qualifiers(form, &function.sig, errors);
    let mut signature = signature::read(&function, errors);
    check::signature(form, &signature, errors);
    check::determinism(&args, &signature, &function.block, errors);
    let found = analyze::body(&signature.params, *function.block, errors);
    let conflicts = check::operations(&found.operations, errors);
    check::callees(&found.operations, &found.declared, errors);
    if audience == Audience::Editor {
        errors.forgive_unfinished();
    }
    if form == Form::Part {
        borrows::name(&mut signature);
    }
    Workflow {
        audience,
        args,
        signature,
        operations: found.operations,
        conflicts,
        called: found.called,
        body: found.body,
    }
}

/// Says what stands there instead of an `async fn`.
fn refuse_item(item: &TokenStream, error: syn::Error, errors: &mut Errors) {
    if let Ok(declared) = syn::parse2::<TraitItemFn>(item.clone()) {
        errors.at(declared.sig.fn_token, attribute::no_body());
        return;
    }
    match syn::parse2::<Item>(item.clone()) {
        Ok(parsed) => {
            let (what, span) = describe(&parsed);
            errors.on(span, attribute::not_a_function(what));
        }
        Err(_) => errors.add(error),
    }
}

fn describe(item: &Item) -> (&'static str, Span) {
    match item {
        Item::Struct(item) => ("a struct", item.struct_token.span),
        Item::Enum(item) => ("an enum", item.enum_token.span),
        Item::Impl(item) => ("an impl block", item.impl_token.span),
        Item::Mod(item) => ("a module", item.mod_token.span),
        Item::Trait(item) => ("a trait", item.trait_token.span),
        Item::Const(item) => ("a constant", item.const_token.span),
        Item::Static(item) => ("a static", item.static_token.span),
        Item::Type(item) => ("a type", item.type_token.span),
        Item::Use(item) => ("an import", item.use_token.span),
        _ => ("something else", Span::call_site()),
    }
}

/// What `step!` and the others become where no workflow has rewritten them.
pub(crate) fn misplaced(kind: Kind, tokens: TokenStream) -> TokenStream {
    if tokens.to_string().replace(' ', "") == "@used" {
        return TokenStream::new();
    }
    let span = match tokens.into_iter().next() {
        Some(first) => first.span(),
        None => Span::call_site(),
    };
    syn::Error::new(span, operation::misplaced(kind)).to_compile_error()
}
