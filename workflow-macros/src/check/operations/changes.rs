//! Finds changes of the workflow's variables in a step's body, as far as syntax shows them.

use std::collections::HashSet;

use proc_macro2::Span;
use syn::visit::{self, Visit};
use syn::{BinOp, Block, Expr, ExprAssign, ExprBinary, ExprMethodCall, ExprReference, PatIdent};

use crate::model::Param;

/// The places in the body that change a variable that is not its own, with the variable's name.
///
/// `mutable` are the variables of the workflow that were declared with `mut`: only on those is a
/// method that is named like a change taken for one.
pub(super) fn of_locals(body: &Expr, mutable: &HashSet<String>) -> Vec<(Span, String)> {
    let mut own = Own::default();
    own.visit_expr(body);
    let mut changes = Changes {
        own: own.0,
        mutable,
        found: Vec::new(),
    };
    changes.visit_expr(body);
    changes.found
}

/// The methods by which collections and texts are changed.
const CHANGING: [&str; 18] = [
    "append",
    "clear",
    "dedup",
    "drain",
    "extend",
    "insert",
    "insert_str",
    "pop",
    "pop_front",
    "push",
    "push_back",
    "push_front",
    "push_str",
    "remove",
    "retain",
    "reverse",
    "sort",
    "truncate",
];

/// The variables of a workflow that are declared with `mut`, and never without.
pub(crate) fn mutable(params: &[Param], body: &Block) -> HashSet<String> {
    let mut declared = Declared::default();
    for param in params {
        declared.visit_pat(&param.pat);
    }
    declared.visit_block(body);
    let Declared { mutable, other } = declared;
    mutable.difference(&other).cloned().collect()
}

#[derive(Default)]
struct Declared {
    mutable: HashSet<String>,
    other: HashSet<String>,
}

impl<'ast> Visit<'ast> for Declared {
    fn visit_pat_ident(&mut self, pat: &'ast PatIdent) {
        let names = match pat.mutability {
            Some(_) => &mut self.mutable,
            None => &mut self.other,
        };
        names.insert(pat.ident.to_string());
        visit::visit_pat_ident(self, pat);
    }
}

/// The variables that the body itself introduces, anywhere in it.
#[derive(Default)]
struct Own(HashSet<String>);

impl<'ast> Visit<'ast> for Own {
    fn visit_pat_ident(&mut self, pat: &'ast PatIdent) {
        self.0.insert(pat.ident.to_string());
        visit::visit_pat_ident(self, pat);
    }
}

struct Changes<'a> {
    own: HashSet<String>,
    mutable: &'a HashSet<String>,
    found: Vec<(Span, String)>,
}

impl Changes<'_> {
    fn of(&mut self, span: Span, place: &Expr) {
        let Some(name) = variable(place) else { return };
        if !self.own.contains(&name) {
            self.found.push((span, name));
        }
    }
}

/// The variable that a place is or is a part of.
fn variable(place: &Expr) -> Option<String> {
    match place {
        Expr::Path(path) => {
            let name = path.path.get_ident()?.to_string();
            // A constant or a static is no variable of the workflow.
            name.starts_with(|c: char| c.is_lowercase() || c == '_')
                .then_some(name)
        }
        Expr::Field(field) => variable(&field.base),
        Expr::Index(index) => variable(&index.expr),
        Expr::Paren(paren) => variable(&paren.expr),
        _ => None,
    }
}

impl<'ast> Visit<'ast> for Changes<'_> {
    fn visit_expr_reference(&mut self, reference: &'ast ExprReference) {
        if let Some(mutability) = &reference.mutability {
            self.of(mutability.span, &reference.expr);
        }
        visit::visit_expr_reference(self, reference);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let changes = CHANGING.iter().any(|name| call.method == name);
        if changes && variable(&call.receiver).is_some_and(|name| self.mutable.contains(&name)) {
            self.of(call.method.span(), &call.receiver);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_assign(&mut self, assign: &'ast ExprAssign) {
        self.of(assign.eq_token.span, &assign.left);
        visit::visit_expr_assign(self, assign);
    }

    fn visit_expr_binary(&mut self, binary: &'ast ExprBinary) {
        if is_assignment(&binary.op) {
            self.of(syn::spanned::Spanned::span(&binary.op), &binary.left);
        }
        visit::visit_expr_binary(self, binary);
    }
}

const fn is_assignment(op: &BinOp) -> bool {
    matches!(
        op,
        BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_)
    )
}
