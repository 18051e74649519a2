//! The one walk over a body: finds the operations, rewrites them, records them.

mod foreign;
mod scan;

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, Attribute, BinOp, Block, Expr, FieldValue, Item, ItemUse, Local, Macro, Path, Stmt,
};

use crate::diag::{Errors, operation as words};
use crate::model::{Callee, Invocation, Kind, Nesting, Operation, Param, Value};
use crate::{check, expand, ops, text};

/// What the walk found.
pub(crate) struct Found {
    pub(crate) operations: Vec<Operation>,
    pub(crate) called: Vec<(Kind, Path)>,
    /// The workflows and parts that are declared in the body.
    pub(crate) declared: Vec<Ident>,
    pub(crate) body: Block,
}

/// Walks the body of a workflow.
pub(crate) fn body(params: &[Param], mut body: Block, errors: &mut Errors) -> Found {
    let mut walk = Walk {
        errors,
        mutable: check::mutable(params, &body),
        operations: Vec::new(),
        called: Vec::new(),
        declared: Vec::new(),
        imports: Vec::new(),
        nesting: Vec::new(),
        cfgs: Vec::new(),
    };
    walk.visit_block_mut(&mut body);
    Found {
        operations: walk.operations,
        called: walk.called,
        declared: walk.declared,
        body,
    }
}

struct Walk<'a> {
    errors: &'a mut Errors,
    /// The variables that the body declares with `mut`.
    mutable: HashSet<String>,
    operations: Vec<Operation>,
    called: Vec<(Kind, Path)>,
    declared: Vec<Ident>,
    /// The imports of the blocks around the place where the walk is.
    imports: Vec<ItemUse>,
    /// What stands around the place where the walk is.
    nesting: Vec<Nesting>,
    /// The conditions of that place.
    cfgs: Vec<Attribute>,
}

/// The operation that a macro's path means.
fn kind_of(path: &Path) -> Option<(Kind, Span)> {
    let last = &path.segments.last()?.ident;
    Some((Kind::of(last)?, last.span()))
}

impl Walk<'_> {
    /// Walks something that stands in a loop, a closure or a branch.
    fn inside(&mut self, nesting: Nesting, walk: impl FnOnce(&mut Self)) {
        self.nesting.push(nesting);
        walk(self);
        self.nesting.pop();
    }

    /// Walks something that is compiled only under the conditions among these attributes.
    fn under(&mut self, attrs: &[Attribute], walk: impl FnOnce(&mut Self)) {
        let before = self.cfgs.len();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("cfg")) {
            // A statement and the expression in it show the same attribute.
            let text = attr.to_token_stream().to_string();
            let known = |cfg: &Attribute| cfg.to_token_stream().to_string() == text;
            if !self.cfgs.iter().any(known) {
                self.cfgs.push(attr.clone());
            }
        }
        walk(self);
        self.cfgs.truncate(before);
    }

    /// Records an operation and writes it anew: the path, and the tokens inside its parentheses.
    fn operation(&mut self, kind: Kind, span: Span, call: &mut Macro) {
        self.called(kind, || call.path.clone());
        let Some(mut invocation) = ops::read(kind, span, call, self.errors) else {
            return;
        };
        check::invocation(&invocation, &self.nesting, &self.mutable, self.errors);
        self.values(&mut invocation);
        self.operations.push(self.recorded(&invocation));
        (call.path, call.tokens) = expand::operation(&invocation);
    }

    /// Notes how an operation is called.
    fn called(&mut self, kind: Kind, path: impl FnOnce() -> Path) {
        if !self.called.iter().any(|(other, _)| *other == kind) {
            self.called.push((kind, path()));
        }
    }

    /// Walks what is evaluated in the body. What a replay does not run may contain no operation.
    fn values(&mut self, invocation: &mut Invocation) {
        let (outer, name) = (invocation.kind, invocation.name.value());
        let is_once = matches!(outer, Kind::Step | Kind::Value);
        for given in &mut invocation.options {
            if given.name == "retry_if" {
                let tokens = given.value.to_token_stream();
                self.refuse(tokens, |kind| words::nested(outer, &name, kind));
            } else {
                self.value(&mut given.value);
            }
        }
        match &mut invocation.value {
            Some(value) if is_once => {
                let tokens = value.to_token_stream();
                self.refuse(tokens, |kind| words::nested(outer, &name, kind));
            }
            Some(value) => self.value(value),
            None => {}
        }
    }

    fn value(&mut self, value: &mut Value) {
        match value {
            Value::Expr(expr) => self.visit_expr_mut(expr),
            Value::Raw(raw) => *raw = self.tokens(std::mem::take(raw)),
        }
    }

    /// Says why the operations among these tokens cannot be there.
    fn refuse(&mut self, tokens: TokenStream, why: impl Fn(Kind) -> String) {
        for (kind, ident) in scan::operations(tokens) {
            self.errors.at(&ident, why(kind));
            self.called(kind, || ident.into());
        }
    }

    fn recorded(&self, invocation: &Invocation) -> Operation {
        let keyed = invocation
            .option("key")
            .is_some_and(|key| !matches!(key.value, Value::Expr(Expr::Infer(_))));
        let mut options: Vec<_> = invocation
            .options
            .iter()
            .map(|given| {
                let value = text::line(given.value.to_token_stream());
                (given.name.to_string(), value)
            })
            .collect();
        if invocation.kind == Kind::Sleep
            && let Some(length) = &invocation.value
        {
            options.push(("for".to_owned(), text::line(length.to_token_stream())));
        }
        if invocation.kind == Kind::Child
            && let Some(call) = &invocation.value
        {
            options.push(("call".to_owned(), text::line(call.to_token_stream())));
        }
        Operation {
            kind: invocation.kind,
            name: invocation.name.clone(),
            keyed,
            options,
            span: invocation.span,
            moves: invocation.moves(),
            nesting: self.nesting.clone(),
            cfgs: self.cfgs.clone(),
            callee: invocation.callee().map(|path| Callee {
                path: path.clone(),
                imports: self.imports.clone(),
            }),
        }
    }
}

impl VisitMut for Walk<'_> {
    fn visit_macro_mut(&mut self, call: &mut Macro) {
        match kind_of(&call.path) {
            Some((kind, span)) => self.operation(kind, span, call),
            None => self.foreign(call),
        }
    }

    /// An item in a body is a world of its own: it runs without the workflow's scope.
    fn visit_item_mut(&mut self, item: &mut Item) {
        if let Some(name) = scan::workflow(item) {
            self.declared.push(name.clone());
            return;
        }
        self.refuse(item.to_token_stream(), words::misplaced);
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        let before = self.imports.len();
        self.imports.extend(scan::imports(block).cloned());
        visit_mut::visit_block_mut(self, block);
        self.imports.truncate(before);
    }

    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        let attrs = match stmt {
            Stmt::Local(local) => local.attrs.clone(),
            Stmt::Macro(call) => call.attrs.clone(),
            Stmt::Expr(expr, _) => scan::first_attrs(expr).to_vec(),
            Stmt::Item(_) => Vec::new(),
        };
        self.under(&attrs, |walk| visit_mut::visit_stmt_mut(walk, stmt));
    }

    fn visit_local_mut(&mut self, local: &mut Local) {
        let Some(init) = &mut local.init else { return };
        self.visit_expr_mut(&mut init.expr);
        if let Some((_, otherwise)) = &mut init.diverge {
            self.inside(Nesting::Branch, |walk| walk.visit_expr_mut(otherwise));
        }
    }

    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        let attrs = arm.attrs.clone();
        self.under(&attrs, |walk| {
            walk.inside(Nesting::Branch, |walk| visit_mut::visit_arm_mut(walk, arm));
        });
    }

    fn visit_field_value_mut(&mut self, field: &mut FieldValue) {
        let attrs = field.attrs.clone();
        self.under(&attrs, |walk| {
            visit_mut::visit_field_value_mut(walk, field);
        });
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let attrs = scan::attrs(expr).to_vec();
        self.under(&attrs, |walk| walk.expr(expr));
    }
}

impl Walk<'_> {
    fn expr(&mut self, expr: &mut Expr) {
        match expr {
            Expr::ForLoop(each) => {
                self.visit_expr_mut(&mut each.expr);
                self.inside(Nesting::For, |walk| walk.visit_block_mut(&mut each.body));
            }
            Expr::While(repeat) => self.inside(Nesting::Loop, |walk| {
                walk.visit_expr_mut(&mut repeat.cond);
                walk.visit_block_mut(&mut repeat.body);
            }),
            Expr::Loop(repeat) => {
                self.inside(Nesting::Loop, |walk| walk.visit_block_mut(&mut repeat.body));
            }
            Expr::Closure(closure) => {
                self.inside(Nesting::Closure, |walk| {
                    walk.visit_expr_mut(&mut closure.body);
                });
            }
            Expr::If(choice) => {
                self.visit_expr_mut(&mut choice.cond);
                self.inside(Nesting::Branch, |walk| {
                    walk.visit_block_mut(&mut choice.then_branch);
                    if let Some((_, otherwise)) = &mut choice.else_branch {
                        walk.visit_expr_mut(otherwise);
                    }
                });
            }
            Expr::Binary(both) if matches!(both.op, BinOp::And(_) | BinOp::Or(_)) => {
                self.visit_expr_mut(&mut both.left);
                self.inside(Nesting::Branch, |walk| walk.visit_expr_mut(&mut both.right));
            }
            other => visit_mut::visit_expr_mut(self, other),
        }
    }
}
