//! Messages are tested on strings and expansions as snapshots, both without a compiler.

mod attribute;
mod determinism;
mod expansions;
mod operations;
mod parts;
mod signature;
mod twins;
mod unfinished;

use proc_macro2::{Group, Literal, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::parse::Parser as _;
use syn::{Attribute, LitStr, Meta};

use crate::audience::Audience;

/// What `#[workflow]` makes of an item that is marked with it.
fn expand(source: &str) -> TokenStream {
    expand_for(Audience::Compiler, source)
}

/// What the compiler or an editor gets.
fn expand_for(audience: Audience, source: &str) -> TokenStream {
    let tokens: TokenStream = source.parse().expect("the source is Rust");
    let (args, item) = split(tokens);
    crate::workflow::expand(args, &item, audience)
}

/// Takes the attribute off the item.
fn split(tokens: TokenStream) -> (TokenStream, TokenStream) {
    let parser = |input: syn::parse::ParseStream<'_>| {
        Ok((
            Attribute::parse_outer(input)?,
            input.parse::<TokenStream>()?,
        ))
    };
    let (attrs, item) = parser.parse2(tokens).expect("the source has attributes");
    let (ours, others): (Vec<_>, Vec<_>) = attrs
        .into_iter()
        .partition(|attr| attr.path().is_ident("workflow"));
    let args = match ours.first().map(|attr| &attr.meta) {
        Some(Meta::List(list)) => list.tokens.clone(),
        _ => TokenStream::new(),
    };
    let others: TokenStream = others.iter().map(Attribute::to_token_stream).collect();
    (args, others.into_iter().chain(item).collect())
}

/// The messages about an item.
fn messages(source: &str) -> Vec<String> {
    messages_for(Audience::Compiler, source)
}

/// The messages for the compiler or an editor.
fn messages_for(audience: Audience, source: &str) -> Vec<String> {
    let mut found = Vec::new();
    compile_errors(expand_for(audience, source), &mut found);
    found
}

/// The texts of the `compile_error!`s, in order.
fn compile_errors(tokens: TokenStream, found: &mut Vec<String>) {
    let mut name = String::new();
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => name = ident.to_string(),
            TokenTree::Group(group) if name == "compile_error" => {
                found.push(text(&group));
                name.clear();
            }
            TokenTree::Group(group) => compile_errors(group.stream(), found),
            _ => {}
        }
    }
}

fn text(group: &Group) -> String {
    let literal: Option<Literal> = group.stream().into_iter().find_map(|token| match token {
        TokenTree::Literal(literal) => Some(literal),
        _ => None,
    });
    let literal = literal.expect("a `compile_error!` has a text");
    let text: LitStr = syn::parse2(literal.to_token_stream()).expect("a text");
    text.value()
}

/// The only message about an item.
#[track_caller]
fn refuse(source: &str) -> String {
    let found = messages(source);
    assert_eq!(found.len(), 1, "one mistake, one message: {found:#?}");
    found.concat()
}

/// The message about a body.
#[track_caller]
fn refuse_body(body: &str) -> String {
    refuse(&in_body(body))
}

/// Asserts that nothing is wrong with a body.
#[track_caller]
fn accept_body(body: &str) {
    assert_eq!(messages(&in_body(body)), [""; 0], "{body}");
}

fn in_body(body: &str) -> String {
    format!("#[workflow] async fn w(order: Order) -> Result<()> {{ {body}; Ok(()) }}")
}
