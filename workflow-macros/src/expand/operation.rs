//! Prints an operation: another macro in its place, with the scope and its options in order.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Expr, Lit, Path};

use crate::model::{Invocation, Kind, Moves, Value};
use crate::ops;

/// The name of the scope, which no other code can mention.
pub(super) fn scope() -> Ident {
    Ident::new("workflow_scope", Span::mixed_site())
}

/// The name in `__private` of the macro that stands in the place of `step!` or another.
pub(super) fn inner_macro(kind: Kind, moves: Moves) -> &'static str {
    match (kind, moves) {
        (Kind::Step, Moves::Nothing) => "step",
        (Kind::Step, Moves::Once) => "step_once",
        (Kind::Step, Moves::ForAllAttempts) => "step_move",
        (Kind::Sleep, _) => "sleep",
        (Kind::Value, _) => "value",
        (Kind::Part, _) => "part",
        (Kind::Wait, _) => "wait",
        (Kind::Child, _) => "child",
    }
}

/// The path and the tokens inside the parentheses.
pub(crate) fn operation(invocation: &Invocation) -> (Path, TokenStream) {
    let inner = inner_macro(invocation.kind, invocation.moves());
    let ident = Ident::new(&format!("__{inner}"), invocation.span);
    let (scope, name) = (scope(), &invocation.name);
    // Where the compiler reports what is wrong with the types: at the operation's name.
    let op = Ident::new(invocation.kind.name(), name.span());
    let mut options: Vec<TokenStream> = ops::options(invocation.kind)
        .iter()
        .filter_map(|name| option(invocation, name))
        .collect();
    let value = invocation.value.as_ref();
    let tokens = match (invocation.kind, value) {
        (Kind::Wait, _) => quote!(#scope, #op #name, { #(#options,)* }),
        (Kind::Step | Kind::Value | Kind::Part | Kind::Child, body) => {
            quote!(#scope, #op #name, { #(#options,)* }, #body)
        }
        (Kind::Sleep, length) => {
            options.extend(length.map(|length| timed("after", length)));
            quote!(#scope, #op #name, { #(#options,)* })
        }
    };
    (ident.into(), tokens)
}

fn option(invocation: &Invocation, name: &str) -> Option<TokenStream> {
    let given = invocation.option(name)?;
    let value = &given.value;
    match (name, value) {
        ("key", Value::Expr(Expr::Infer(_))) => None,
        ("timeout", value) => Some(timed("timeout", value)),
        _ => {
            let name = format_ident!("{name}");
            Some(quote!(#name(#value)))
        }
    }
}

/// A length of time: a literal, which was checked, or a value.
fn timed(name: &str, value: &Value) -> TokenStream {
    let is_text = match value {
        Value::Expr(Expr::Lit(literal)) => matches!(literal.lit, Lit::Str(_)),
        _ => false,
    };
    let suffix = if is_text { "_text" } else { "" };
    let name = format_ident!("{name}{suffix}");
    quote!(#name(#value))
}
