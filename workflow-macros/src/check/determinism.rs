//! Finds, in what a replay runs again, what comes out differently: as far as syntax shows it.
//!
//! The bodies of steps and the expressions of values are left out, and so are items, which run
//! somewhere else.

mod calls;
mod hashes;
mod own;

pub(crate) use calls::Source;
pub(crate) use hashes::Unordered;

use std::collections::HashSet;

use hashes::Locals;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Parser as _};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{
    Arm, Block, Expr, ExprCall, ExprClosure, ExprForLoop, ExprIf, ExprMethodCall, ExprPath,
    ExprWhile, Item, Local, Macro, Pat, PatIdent, Path,
};

use crate::diag::{Errors, determinism as words};
use crate::model::{Invocation, Kind, Param, Value};
use crate::{ops, text};

/// Reports what a body does that comes out differently on a replay.
pub(crate) fn body(params: &[Param], body: &Block, errors: &mut Errors) {
    let mut walk = Walk {
        errors,
        locals: Locals::default(),
        own: own::names(body),
    };
    for param in params {
        let hash = hashes::of_type(&param.ty);
        walk.binds(&param.pat, hash);
    }
    walk.visit_block(body);
}

struct Walk<'a> {
    errors: &'a mut Errors,
    locals: Locals,
    /// What the body declares, or imports from its own crate.
    own: HashSet<String>,
}

impl Walk<'_> {
    /// Walks something whose variables end with it.
    fn scoped(&mut self, walk: impl FnOnce(&mut Self)) {
        let mark = self.locals.mark();
        walk(self);
        self.locals.reset(mark);
    }

    /// Notes the variables of a pattern; `hash` is the type of the only one.
    fn binds(&mut self, pat: &Pat, hash: Option<&'static str>) {
        for name in names(pat) {
            self.locals.add(name, hash);
        }
    }

    /// Reports a path, if it is one of the list; `call` is all of the call.
    fn path(&mut self, path: &Path, call: Option<&ExprCall>) -> Option<Source> {
        if own::is_meant(path, &self.own) {
            return None;
        }
        let (source, name) = calls::of(path)?;
        let written = text::line(path.to_token_stream());
        let call = words::Call {
            module: calls::imported_module(path, &name),
            name,
            text: match call {
                Some(call) => text::line(call.to_token_stream()),
                None => format!("{written}()"),
            },
            argument: call
                .and_then(|call| call.args.first())
                .map(|argument| text::line(argument.to_token_stream())),
        };
        self.errors.beside(path, words::call(source, &call));
        Some(source)
    }

    /// What of an operation is evaluated in the body, and not by the operation.
    fn operation(&mut self, kind: Kind, call: &Macro) {
        // What is wrong with the operation itself is reported elsewhere.
        let mut elsewhere = Errors::default();
        let Some(invocation) = ops::read(kind, call.span(), call, &mut elsewhere) else {
            return;
        };
        let Invocation { options, value, .. } = invocation;
        let options = options.into_iter().filter(|given| given.name != "retry_if");
        let value = value.filter(|_| matches!(kind, Kind::Sleep | Kind::Part | Kind::Child));
        for value in options.map(|given| given.value).chain(value) {
            match value {
                Value::Expr(expr) => self.visit_expr(&expr),
                Value::Raw(raw) => self.tokens(raw),
            }
        }
    }

    /// The content of a macro that is not ours: statements, or expressions among other tokens.
    fn tokens(&mut self, tokens: TokenStream) {
        if let Ok(statements) = Block::parse_within.parse2(tokens.clone()) {
            return self.scoped(|walk| {
                for statement in &statements {
                    walk.visit_stmt(statement);
                }
            });
        }
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                let fork = input.fork();
                if let Ok(expr) = fork.parse::<Expr>() {
                    input.advance_to(&fork);
                    self.visit_expr(&expr);
                } else if let TokenTree::Group(group) = input.parse()? {
                    self.tokens(group.stream());
                }
            }
            Ok(())
        };
        // Tokens that are no Rust at all are the macro's affair.
        let _ = parser.parse2(tokens);
    }
}

/// The variables of a pattern.
fn names(pat: &Pat) -> Vec<String> {
    #[derive(Default)]
    struct Names(Vec<String>);
    impl<'ast> Visit<'ast> for Names {
        fn visit_pat_ident(&mut self, pat: &'ast PatIdent) {
            self.0.push(pat.ident.to_string());
            visit::visit_pat_ident(self, pat);
        }
    }
    let mut names = Names::default();
    names.visit_pat(pat);
    names.0
}

/// Whether something contains an operation.
fn has_operation(expr: &Expr) -> bool {
    #[derive(Default)]
    struct Has(bool);
    impl<'ast> Visit<'ast> for Has {
        fn visit_macro(&mut self, call: &'ast Macro) {
            self.0 |= Kind::of_path(&call.path).is_some();
        }
    }
    let mut has = Has::default();
    has.visit_expr(expr);
    has.0
}

impl<'ast> Visit<'ast> for Walk<'_> {
    /// An item in a body runs where it is called.
    fn visit_item(&mut self, _: &'ast Item) {}

    fn visit_macro(&mut self, call: &'ast Macro) {
        if let Some(kind) = Kind::of_path(&call.path) {
            self.operation(kind, call);
        } else if calls::is_deferring(&call.path) {
            let name = text::line(call.path.to_token_stream());
            self.errors
                .beside(&call.path, words::deferred(&format!("{name}!")));
        } else {
            self.tokens(call.tokens.clone());
        }
    }

    fn visit_expr_path(&mut self, expr: &'ast ExprPath) {
        // A name on its own is a function only where it is called.
        if expr.qself.is_none() && expr.path.segments.len() > 1 {
            self.path(&expr.path, None);
        }
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        let found = match &*call.func {
            Expr::Path(function) if function.qself.is_none() => {
                self.path(&function.path, Some(call))
            }
            other => {
                self.visit_expr(other);
                None
            }
        };
        // A task goes into a step with all that it does.
        if found != Some(Source::Task) {
            for argument in &call.args {
                self.visit_expr(argument);
            }
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if call.args.iter().any(has_operation)
            && let Some(unordered) = self.locals.handed_on(call)
        {
            self.errors
                .beside(&call.receiver, words::unordered(&unordered));
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_for_loop(&mut self, each: &'ast ExprForLoop) {
        if let Some(unordered) = self.locals.iterated(&each.expr) {
            self.errors.beside(&each.expr, words::unordered(&unordered));
        } else {
            self.visit_expr(&each.expr);
        }
        self.scoped(|walk| {
            walk.binds(&each.pat, None);
            walk.visit_block(&each.body);
        });
    }

    fn visit_block(&mut self, block: &'ast Block) {
        self.scoped(|walk| visit::visit_block(walk, block));
    }

    fn visit_local(&mut self, local: &'ast Local) {
        let hash = self.locals.made_by(local);
        if let Some(init) = &local.init {
            self.visit_expr(&init.expr);
            if let Some((_, otherwise)) = &init.diverge {
                self.visit_expr(otherwise);
            }
        }
        for name in names(&local.pat) {
            self.locals.add(name, hash);
        }
    }

    fn visit_expr_closure(&mut self, closure: &'ast ExprClosure) {
        self.scoped(|walk| visit::visit_expr_closure(walk, closure));
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        self.scoped(|walk| visit::visit_arm(walk, arm));
    }

    fn visit_expr_if(&mut self, choice: &'ast ExprIf) {
        self.scoped(|walk| visit::visit_expr_if(walk, choice));
    }

    fn visit_expr_while(&mut self, repeat: &'ast ExprWhile) {
        self.scoped(|walk| visit::visit_expr_while(walk, repeat));
    }

    /// A pattern of a closure, an arm or an `if let` hides what it names.
    fn visit_pat_ident(&mut self, pat: &'ast PatIdent) {
        self.locals.add(pat.ident.to_string(), None);
        visit::visit_pat_ident(self, pat);
    }
}
