//! Prints the list of steps that a documented workflow gets in its docs.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::Meta;

use crate::audience::Audience;
use crate::model::{Kind, Nesting, Operation, Workflow};
use crate::text;

/// `#[doc = "# Steps .."]`, for workflows that have docs.
pub(super) fn steps(workflow: &Workflow) -> TokenStream {
    let mut attrs = workflow.signature.outer.iter();
    let documented = attrs.any(|attr| {
        let is_text = matches!(attr.meta, Meta::NameValue(_));
        is_text && attr.path().is_ident("doc")
    });
    if !documented || workflow.operations.is_empty() {
        return TokenStream::new();
    }
    let audience = workflow.audience;
    let items = workflow.operations.iter().map(|operation| {
        let name = named(operation);
        match audience {
            Audience::Compiler => name + &details(operation),
            Audience::Editor => name,
        }
    });
    let items: Vec<String> = items.collect();
    let heading = ["", "# Steps", ""].map(String::from);
    let lines = heading
        .into_iter()
        .chain(items)
        .map(|line| match line.as_str() {
            "" => line,
            text => format!(" {text}"),
        });
    quote!(#(#[doc = #lines])*)
}

/// What a part calls.
fn callee(operation: &Operation) -> String {
    let callee = operation.callee.as_ref();
    callee.map_or_else(String::new, |callee| {
        text::line(callee.path.to_token_stream())
    })
}

/// What one line of the list is about.
fn named(operation: &Operation) -> String {
    let name = operation.name.value();
    match operation.kind {
        Kind::Step => format!("- `{name}`"),
        Kind::Sleep => format!("- `{name}`: sleeps"),
        Kind::Value => format!("- `{name}`: a value"),
        Kind::Part => format!("- `{name}`: the steps of `{}`", callee(operation)),
        Kind::Wait => format!("- `{name}`: waits for a signal"),
        Kind::Child => format!("- `{name}`: a run of its own"),
    }
}

/// The rest of the line: the options as they are written.
fn details(operation: &Operation) -> String {
    let mut line = String::new();
    for (option, value) in &operation.options {
        let words = match option.as_str() {
            "key" if value == "_" => continue,
            "key" => format!(", for each `{value}`"),
            "for" => format!(" for `{}`", value.trim_matches('"')),
            "until" => format!(" until `{value}`"),
            "call" => format!(", `{value}`"),
            option => format!(", `{option} = {value}`"),
        };
        line.push_str(&words);
    }
    let many = |around: &Nesting| matches!(around, Nesting::Loop | Nesting::For | Nesting::Closure);
    if !operation.keyed && operation.nesting.iter().any(many) {
        line.push_str(", repeatedly");
    }
    line
}
