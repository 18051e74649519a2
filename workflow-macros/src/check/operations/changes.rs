//! Finds changes of the workflow's variables in a step's body, as far as syntax shows them.

use std::collections::HashSet;

use proc_macro2::Span;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, ExprAssign, ExprBinary, ExprReference, PatIdent};

/// The places in the body that change a variable that is not its own, with the variable's name.
pub(super) fn of_locals(body: &Expr) -> Vec<(Span, String)> {
    let mut own = Own::default();
    own.visit_expr(body);
    let mut changes = Changes {
        own: own.0,
        found: Vec::new(),
    };
    changes.visit_expr(body);
    changes.found
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

struct Changes {
    own: HashSet<String>,
    found: Vec<(Span, String)>,
}

impl Changes {
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

impl<'ast> Visit<'ast> for Changes {
    fn visit_expr_reference(&mut self, reference: &'ast ExprReference) {
        if let Some(mutability) = &reference.mutability {
            self.of(mutability.span, &reference.expr);
        }
        visit::visit_expr_reference(self, reference);
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
