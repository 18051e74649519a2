//! Looks at syntax without changing it: operations among tokens, attributes of expressions.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{Attribute, Block, Expr, Item, ItemUse, Stmt};

use crate::model::Kind;

/// The operations among these tokens, at any depth.
pub(super) fn operations(tokens: TokenStream) -> Vec<(Kind, Ident)> {
    let mut found = Vec::new();
    let mut word: Option<Ident> = None;
    let mut bang = false;
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => (word, bang) = (Some(ident), false),
            TokenTree::Punct(punct) if punct.as_char() == '!' => bang = word.is_some(),
            TokenTree::Group(group) => {
                if bang && let Some(ident) = word.take() {
                    found.extend(Kind::of(&ident).map(|kind| (kind, ident)));
                }
                found.extend(operations(group.stream()));
                (word, bang) = (None, false);
            }
            _ => (word, bang) = (None, false),
        }
    }
    found
}

/// The name of an item in a body that is a workflow of its own, or a part.
pub(super) fn workflow(item: &Item) -> Option<&Ident> {
    let Item::Fn(function) = item else {
        return None;
    };
    let marked = function.attrs.iter().any(|attr| {
        let last = attr.path().segments.last();
        last.is_some_and(|segment| segment.ident == "workflow")
    });
    marked.then_some(&function.sig.ident)
}

/// What a block imports.
pub(super) fn imports(block: &Block) -> impl Iterator<Item = &ItemUse> {
    block.stmts.iter().filter_map(|stmt| match stmt {
        Stmt::Item(Item::Use(import)) => Some(import),
        _ => None,
    })
}

/// The attributes of an expression.
pub(super) fn attrs(expr: &Expr) -> &[Attribute] {
    match expr {
        Expr::Array(expr) => &expr.attrs,
        Expr::Assign(expr) => &expr.attrs,
        Expr::Async(expr) => &expr.attrs,
        Expr::Await(expr) => &expr.attrs,
        Expr::Binary(expr) => &expr.attrs,
        Expr::Block(expr) => &expr.attrs,
        Expr::Break(expr) => &expr.attrs,
        Expr::Call(expr) => &expr.attrs,
        Expr::Closure(expr) => &expr.attrs,
        Expr::ForLoop(expr) => &expr.attrs,
        Expr::If(expr) => &expr.attrs,
        Expr::Loop(expr) => &expr.attrs,
        Expr::Macro(expr) => &expr.attrs,
        Expr::Match(expr) => &expr.attrs,
        Expr::MethodCall(expr) => &expr.attrs,
        Expr::Paren(expr) => &expr.attrs,
        Expr::Reference(expr) => &expr.attrs,
        Expr::Return(expr) => &expr.attrs,
        Expr::Struct(expr) => &expr.attrs,
        Expr::Try(expr) => &expr.attrs,
        Expr::Tuple(expr) => &expr.attrs,
        Expr::Unary(expr) => &expr.attrs,
        Expr::While(expr) => &expr.attrs,
        _ => &[],
    }
}

/// The attributes before an expression that is a statement: the parser gives them to its leftmost
/// part.
pub(super) fn first_attrs(expr: &Expr) -> &[Attribute] {
    match expr {
        Expr::Assign(assign) => first_attrs(&assign.left),
        Expr::Binary(binary) => first_attrs(&binary.left),
        Expr::Cast(cast) => first_attrs(&cast.expr),
        _ => attrs(expr),
    }
}
