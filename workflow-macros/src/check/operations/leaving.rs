//! Finds what leaves the expression of a value, which is evaluated on its own.

use proc_macro2::Span;
use syn::visit::{self, Visit};
use syn::{Expr, ExprAsync, ExprAwait, ExprClosure, ExprReturn, ExprTry, Item};

/// The places that wait in the expression or return from it, and how they are written.
pub(super) fn from(expr: &Expr) -> Vec<(Span, &'static str)> {
    let mut leaving = Leaving(Vec::new());
    leaving.visit_expr(expr);
    leaving.0
}

struct Leaving(Vec<(Span, &'static str)>);

impl<'ast> Visit<'ast> for Leaving {
    fn visit_expr_await(&mut self, expr: &'ast ExprAwait) {
        self.0.push((expr.await_token.span, ".await"));
        visit::visit_expr_await(self, expr);
    }

    fn visit_expr_try(&mut self, expr: &'ast ExprTry) {
        self.0.push((expr.question_token.span, "?"));
        visit::visit_expr_try(self, expr);
    }

    fn visit_expr_return(&mut self, expr: &'ast ExprReturn) {
        self.0.push((expr.return_token.span, "return"));
        visit::visit_expr_return(self, expr);
    }

    // These have an end of their own.
    fn visit_expr_async(&mut self, _: &'ast ExprAsync) {}
    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}
    fn visit_item(&mut self, _: &'ast Item) {}
}
