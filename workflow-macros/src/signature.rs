//! Reads a function's signature into the model.

use proc_macro2::{Ident, Span};
use quote::{ToTokens as _, format_ident};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, FnArg, ItemFn, Meta, Pat, PatType, Path, Receiver, ReturnType, Token, Type,
    TypeReference,
};

use crate::check::Inside;
use crate::diag::{Errors, signature as words};
use crate::model::{Output, Param, Role, Signature};
use crate::text;

/// Types that are no `Result`, whatever they contain.
const PLAIN: [&str; 26] = [
    "Option", "Vec", "String", "Box", "Arc", "Rc", "HashMap", "HashSet", "BTreeMap", "BTreeSet",
    "Duration", "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16",
    "i32", "i64", "f32", "f64",
];

/// Everything of the function but its body.
pub(crate) fn read(function: &ItemFn, errors: &mut Errors) -> Signature {
    let sig = &function.sig;
    let (outer, inner) = attributes(&function.attrs);
    let mut receiver = None;
    let mut params = Vec::new();
    for arg in &sig.inputs {
        match arg {
            FnArg::Receiver(own) => receiver = Some(Receiver::clone(own)),
            FnArg::Typed(typed) => params.push(param(typed, params.len(), errors)),
        }
    }
    Signature {
        outer,
        inner,
        vis: function.vis.clone(),
        asyncness: sig.asyncness.unwrap_or_default(),
        fn_token: sig.fn_token,
        ident: sig.ident.clone(),
        generics: sig.generics.clone(),
        receiver,
        paren: sig.paren_token,
        params,
        output: output(&sig.output),
    }
}

/// What callers see, and what changes how the body runs.
fn attributes(attrs: &[Attribute]) -> (Vec<Attribute>, Vec<Attribute>) {
    let attrs = attrs.iter().cloned();
    attrs.partition(|attr| is_for_callers(&attr.meta))
}

fn is_for_callers(meta: &Meta) -> bool {
    const FOR_CALLERS: [&str; 9] = [
        "doc",
        "cfg",
        "deprecated",
        "must_use",
        "allow",
        "expect",
        "warn",
        "deny",
        "forbid",
    ];
    if meta.path().is_ident("cfg_attr") {
        let metas = Punctuated::<Meta, Token![,]>::parse_terminated;
        let conditional = meta.require_list().map(|list| list.parse_args_with(metas));
        // The first is the condition.
        return matches!(conditional, Ok(Ok(list)) if list.iter().skip(1).all(is_for_callers));
    }
    FOR_CALLERS.iter().any(|name| meta.path().is_ident(name))
}

fn param(typed: &PatType, index: usize, errors: &mut Errors) -> Param {
    let (marks, attrs): (Vec<_>, Vec<_>) = typed
        .attrs
        .iter()
        .cloned()
        .partition(|attr| attr.path().is_ident("resource"));
    for mark in &marks {
        if mark.meta.require_path_only().is_err() {
            errors.at(mark, words::resource_arguments());
        }
    }
    let role = match (marks.is_empty(), &*typed.ty) {
        (true, _) => Role::Input,
        (false, Type::Reference(TypeReference { elem, .. })) => Role::Resource(elem.clone()),
        (false, other) => Role::Resource(Box::new(other.clone())),
    };
    Param {
        attrs,
        pat: (*typed.pat).clone(),
        ty: (*typed.ty).clone(),
        type_name: text::line(typed.ty.to_token_stream()),
        name: name(&typed.pat, index),
        role,
    }
}

/// The name of a parameter outside the body.
fn name(pat: &Pat, index: usize) -> Ident {
    let mut name = match pat {
        Pat::Ident(pat) => pat.ident.clone(),
        _ => format_ident!("input_{}", index + 1),
    };
    name.set_span(Span::mixed_site());
    name
}

fn output(output: &ReturnType) -> Output {
    match output {
        ReturnType::Default => Output::Missing,
        ReturnType::Type(_, ty) if Inside::of(ty).impl_trait => Output::Opaque((**ty).clone()),
        ReturnType::Type(_, ty) if is_plain(ty) => Output::Plain((**ty).clone()),
        ReturnType::Type(_, ty) => Output::Given((**ty).clone()),
    }
}

fn is_plain(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => path.qself.is_none() && is_plain_path(&path.path),
        Type::Group(group) => is_plain(&group.elem),
        Type::Paren(paren) => is_plain(&paren.elem),
        Type::Macro(_) | Type::ImplTrait(_) | Type::Verbatim(_) | Type::Infer(_) => false,
        _ => true,
    }
}

fn is_plain_path(path: &Path) -> bool {
    let last = path.segments.last();
    last.is_some_and(|segment| PLAIN.iter().any(|plain| segment.ident == plain))
}
