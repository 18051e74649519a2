//! The rules for operations.

mod changes;
mod leaving;

pub(crate) use changes::mutable;

use std::collections::HashSet;

use proc_macro2::Ident;
use quote::ToTokens as _;
use syn::{Expr, ExprLit, Lit, LitStr};

use crate::diag::{Errors, operation as words, outside as outside_words, part as part_words};
use crate::model::{Conflict, Invocation, Kind, Nesting, Operation, Value};
use crate::text;

/// The rules for one operation.
pub(crate) fn invocation(
    op: &Invocation,
    nesting: &[Nesting],
    mutable: &HashSet<String>,
    errors: &mut Errors,
) {
    name(op.kind.name(), &op.name, errors);
    key(op, nesting, errors);
    match op.kind {
        Kind::Step => step(op, mutable, errors),
        Kind::Sleep => sleep(op, errors),
        Kind::Value => value(op, mutable, errors),
        Kind::Part => part(op, errors),
        Kind::Wait => wait(op, errors),
        Kind::Child => child(op, errors),
    }
}

/// Names are not empty and made of few characters.
pub(crate) fn name(what: &str, name: &LitStr, errors: &mut Errors) {
    let text = name.value();
    if text.is_empty() {
        errors.beside(name, words::empty_name(what));
    } else if let Some(bad) = text.chars().find(|&c| !words::is_name_char(c)) {
        errors.beside(name, words::bad_name(&text, bad));
    }
}

/// What runs for many items says for which.
fn key(op: &Invocation, nesting: &[Nesting], errors: &mut Errors) {
    let many = nesting
        .iter()
        .rev()
        .find(|around| matches!(around, Nesting::For | Nesting::Closure));
    if let Some(around) = many
        && op.option("key").is_none()
    {
        let message = words::needs_key(op.kind, &op.name.value(), *around);
        errors.beside_on(op.span, message);
    }
}

fn step(op: &Invocation, mutable: &HashSet<String>, errors: &mut Errors) {
    if let Some(timeout) = op.option("timeout") {
        length(&timeout.value, errors);
    }
    retry(op, errors);
    match &op.value {
        None => missing_value(op, errors),
        Some(Value::Raw(raw)) if raw.is_empty() => missing_value(op, errors),
        Some(Value::Raw(_)) => {}
        Some(Value::Expr(body)) => step_body(op, body, mutable, errors),
    }
}

/// A step awaits its body itself, makes it anew for each attempt, and forgets what it changed.
fn step_body(op: &Invocation, body: &Expr, mutable: &HashSet<String>, errors: &mut Errors) {
    match body {
        Expr::Await(awaited) => errors.at(awaited.await_token, words::awaited_body()),
        Expr::Closure(closure) => errors.at(closure, words::closure_body()),
        _ if op.move_token.is_none() => {
            changes(op, body, mutable, errors);
        }
        _ => {}
    }
}

/// What a replay does not run changes nothing that outlives it.
fn changes(op: &Invocation, body: &Expr, mutable: &HashSet<String>, errors: &mut Errors) {
    for (span, local) in changes::of_locals(body, mutable) {
        errors.on(span, words::changes_local(op.kind, &local));
    }
}

fn value(op: &Invocation, mutable: &HashSet<String>, errors: &mut Errors) {
    no_move(op, errors);
    match &op.value {
        None => missing_value(op, errors),
        Some(Value::Raw(raw)) if raw.is_empty() => missing_value(op, errors),
        Some(Value::Raw(_)) => {}
        Some(Value::Expr(Expr::Closure(closure))) => errors.at(closure, words::closure_value()),
        Some(Value::Expr(taken)) => {
            for (span, word) in leaving::from(taken) {
                errors.on(span, words::leaves_value(word));
            }
            changes(op, taken, mutable, errors);
        }
    }
}

/// A part is the call of a function by its path.
fn part(op: &Invocation, errors: &mut Errors) {
    no_move(op, errors);
    match &op.value {
        None => missing_value(op, errors),
        Some(Value::Raw(raw)) if raw.is_empty() => missing_value(op, errors),
        Some(Value::Raw(_)) => {}
        Some(Value::Expr(call)) => called(op, call, errors),
    }
}

/// A wait has no value: that is what comes with the signal.
fn wait(op: &Invocation, errors: &mut Errors) {
    no_move(op, errors);
    if let Some(timeout) = op.option("timeout") {
        length(&timeout.value, errors);
    }
    if let Some(signal) = op.option("signal")
        && let Value::Expr(expr) = &signal.value
        && let Some(Lit::Str(text)) = literal(expr)
    {
        name("signal", text, errors);
    }
    if let Some(value) = &op.value {
        errors.at(
            value,
            outside_words::wait_value(&op.name.value(), &text::line(value.to_token_stream())),
        );
    }
}

/// A child is a call, which the operation starts and awaits.
fn child(op: &Invocation, errors: &mut Errors) {
    no_move(op, errors);
    match &op.value {
        None => missing_value(op, errors),
        Some(Value::Raw(raw)) if raw.is_empty() => missing_value(op, errors),
        Some(Value::Expr(Expr::Try(tried))) => {
            errors.at(tried.question_token, outside_words::child_awaited("?"));
        }
        Some(Value::Expr(Expr::Await(awaited))) => {
            errors.at(awaited.await_token, outside_words::child_awaited(".await"));
        }
        Some(Value::Expr(Expr::Closure(closure))) => {
            errors.at(closure, outside_words::child_closure());
        }
        Some(Value::Raw(_) | Value::Expr(_)) => {}
    }
}

fn called(op: &Invocation, call: &Expr, errors: &mut Errors) {
    match call {
        Expr::Call(_) if op.callee().is_some() => {}
        Expr::Try(tried) => errors.at(tried.question_token, part_words::awaited("?")),
        Expr::Await(awaited) => errors.at(awaited.await_token, part_words::awaited(".await")),
        Expr::MethodCall(call) => {
            errors.at(&call.method, part_words::method(&call.method.to_string()));
        }
        other => errors.at(other, part_words::not_a_call(&op.name.value())),
    }
}

/// What a part calls is declared where the manifest sees it.
pub(crate) fn callees(operations: &[Operation], declared: &[Ident], errors: &mut Errors) {
    let paths = operations.iter().filter_map(|op| op.callee.as_ref());
    for name in paths.filter_map(|callee| callee.path.get_ident()) {
        if declared.contains(name) {
            errors.at(name, part_words::callee_in_the_body(&name.to_string()));
        }
    }
}

fn missing_value(op: &Invocation, errors: &mut Errors) {
    errors.at(&op.name, words::missing_body(op.kind, &op.name.value()));
}

/// A policy is no number, its durations are durations, and `retry_if` needs one.
fn retry(op: &Invocation, errors: &mut Errors) {
    match (op.option("retry"), op.option("retry_if")) {
        (None, Some(predicate)) => errors.at(&predicate.name, words::retry_if_without_retry()),
        (Some(retry), _) => policy(&retry.value, errors),
        (None, None) => {}
    }
}

fn policy(value: &Value, errors: &mut Errors) {
    let Value::Expr(expr) = value else { return };
    if let Some(Lit::Int(number)) = literal(expr) {
        errors.at(number, words::retry_number(number.base10_digits()));
        return;
    }
    for text in durations_of_policy(expr) {
        duration(&text, errors);
    }
}

/// The texts in a `Retry::exponential("1s").cap("1 min")`.
fn durations_of_policy(expr: &Expr) -> Vec<LitStr> {
    const TAKE_DURATIONS: [&str; 6] =
        ["constant", "linear", "exponential", "list", "cap", "within"];
    let takes = |name: &syn::Ident| TAKE_DURATIONS.iter().any(|take| name == take);
    match expr {
        Expr::MethodCall(call) => {
            let mut found = durations_of_policy(&call.receiver);
            if takes(&call.method) {
                found.extend(call.args.iter().flat_map(texts));
            }
            found
        }
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) if path.path.segments.last().is_some_and(|s| takes(&s.ident)) => {
                call.args.iter().flat_map(texts).collect()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn texts(expr: &Expr) -> Vec<LitStr> {
    match expr {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => vec![text.clone()],
        Expr::Array(array) => array.elems.iter().flat_map(texts).collect(),
        Expr::Reference(reference) => texts(&reference.expr),
        _ => Vec::new(),
    }
}

fn sleep(op: &Invocation, errors: &mut Errors) {
    match (&op.value, op.option("until")) {
        (None, None) => missing_value(op, errors),
        (Some(_), Some(until)) => errors.at(&until.name, words::until_and_length()),
        (Some(value), None) => length(value, errors),
        (None, Some(_)) => {}
    }
    no_move(op, errors);
}

/// Only the body of a step can take by value.
fn no_move(op: &Invocation, errors: &mut Errors) {
    if let Some(taken) = op.move_token {
        errors.at(taken, words::unexpected_move());
    }
}

/// A length of time: a literal must be a duration, everything else is left to its type.
fn length(value: &Value, errors: &mut Errors) {
    let Value::Expr(expr) = value else { return };
    match expr {
        Expr::Unary(unary) => {
            if let Some(Lit::Int(_) | Lit::Float(_)) = literal(&unary.expr) {
                let number = unary.to_token_stream().to_string().replace(' ', "");
                errors.at(unary, words::number_as_duration(&number));
            }
        }
        _ => match literal(expr) {
            Some(Lit::Str(text)) => duration(text, errors),
            Some(Lit::Int(number)) => {
                errors.at(number, words::number_as_duration(number.base10_digits()));
            }
            Some(Lit::Float(number)) => {
                errors.at(number, words::number_as_duration(number.base10_digits()));
            }
            _ => {}
        },
    }
}

fn duration(text: &LitStr, errors: &mut Errors) {
    let value = text.value();
    if let Err(error) = humantime::parse_duration(&value) {
        errors.beside(text, words::bad_duration(&value, &error));
    }
}

fn literal(expr: &Expr) -> Option<&Lit> {
    match expr {
        Expr::Lit(literal) => Some(&literal.lit),
        Expr::Group(group) => literal(&group.expr),
        Expr::Paren(paren) => literal(&paren.expr),
        _ => None,
    }
}

/// The rules for all operations of a body: no two have one name.
///
/// Two under different conditions may, if they never meet, which only the compiler sees.
pub(crate) fn operations(operations: &[Operation], errors: &mut Errors) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    for (i, second) in operations.iter().enumerate() {
        let name = second.name.value();
        for first in operations[..i].iter().filter(|op| op.name.value() == name) {
            let message = words::same_name(second.kind, &name);
            let cfgs: Vec<_> = first.cfgs.iter().chain(&second.cfgs).cloned().collect();
            if cfgs.is_empty() {
                errors.beside(&second.name, message);
                errors.beside(&first.name, words::first_used(&name));
                break;
            }
            conflicts.push(Conflict {
                cfgs,
                message,
                span: second.name.span(),
            });
        }
    }
    conflicts
}
