//! The grammar of the operations: `op!("name", option = value, .., value)`.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{Parse as _, ParseStream};
use syn::{Expr, LitStr, Macro, Token};

use crate::diag::{Errors, operation as words};
use crate::model::{Given, Invocation, Kind, Value};
use crate::text;

/// The options of each operation, in the order in which they are printed.
pub(crate) const fn options(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Step => &["key", "retry", "retry_if", "timeout"],
        Kind::Sleep => &["key", "until"],
        Kind::Value | Kind::Part | Kind::Child => &["key"],
        Kind::Wait => &["key", "signal", "timeout"],
    }
}

/// Reads an operation; `None` where it has no name, which is reported.
///
/// It is parsed inside its own parentheses, so that "unexpected end" points at their end.
pub(crate) fn read(
    kind: Kind,
    span: Span,
    call: &Macro,
    errors: &mut Errors,
) -> Option<Invocation> {
    let reader = |input: ParseStream<'_>| {
        let Some(name) = name(kind, call, input, errors)? else {
            skip_all(input)?;
            return Ok(None);
        };
        let mut invocation = Invocation {
            kind,
            span,
            name,
            options: Vec::new(),
            move_token: None,
            value: None,
        };
        invocation.rest(input, errors)?;
        Ok(Some(invocation))
    };
    match call.parse_body_with(reader) {
        Ok(invocation) => invocation,
        Err(error) => {
            errors.add(error);
            None
        }
    }
}

/// The name, or what stands in its place, which is reported.
fn name(
    kind: Kind,
    call: &Macro,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> syn::Result<Option<LitStr>> {
    if input.is_empty() {
        errors.at(call, words::missing_name(kind, None, ""));
        return Ok(None);
    }
    let fork = input.fork();
    if let Ok(text) = fork.parse::<LitStr>()
        && !fork.peek(Token![.])
    {
        if kind == Kind::Sleep && is_only_a_duration(&fork, &text.value()) {
            errors.at(&text, words::duration_without_name(&text.value()));
            return Ok(None);
        }
        input.advance_to(&fork);
        return Ok(Some(text));
    }
    let first = value(input, errors)?;
    let message = if input.is_empty() || !is_name_like(&first) {
        let name = function_name(&first);
        words::missing_name(kind, name.as_deref(), &text::line(first.to_token_stream()))
    } else {
        words::name_not_literal(kind)
    };
    errors.at(&first, message);
    Ok(None)
}

/// What a step would be called after the function that it calls.
fn function_name(value: &Value) -> Option<String> {
    let name = match value {
        Value::Expr(Expr::MethodCall(call)) => call.method.to_string(),
        Value::Expr(Expr::Call(call)) => match &*call.func {
            Expr::Path(path) => path.path.segments.last()?.ident.to_string(),
            _ => return None,
        },
        _ => return None,
    };
    name.chars().all(words::is_name_char).then_some(name)
}

/// Whether a sleep was given only how long it lasts.
fn is_only_a_duration(after: ParseStream<'_>, text: &str) -> bool {
    after.is_empty() && text.contains(|c: char| c.is_ascii_digit()) && {
        let parsed = humantime::parse_duration(text);
        parsed.is_ok() || text.contains(' ')
    }
}

/// Whether somebody may have meant it as a name: a constant, a number, `format!(..)`.
fn is_name_like(value: &Value) -> bool {
    let Value::Expr(expr) = value else {
        return false;
    };
    let expr = match expr {
        Expr::Reference(reference) => &*reference.expr,
        expr => expr,
    };
    match expr {
        Expr::Path(_) | Expr::Lit(_) => true,
        Expr::Macro(call) => call.mac.path.is_ident("format"),
        Expr::MethodCall(call) => matches!(*call.receiver, Expr::Lit(_)),
        _ => false,
    }
}

impl Invocation {
    /// What follows the name.
    fn rest(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        while !input.is_empty() {
            if input.parse::<Option<Token![,]>>()?.is_none() {
                errors.on(input.span(), words::missing_comma());
                if self.value.is_some() {
                    return skip_all(input);
                }
            }
            if input.is_empty() {
                break;
            }
            if is_option(input) {
                self.read_option(input, errors)?;
            } else if self.value.is_none() {
                self.move_token = move_token(input)?;
                self.value = Some(value(input, errors)?);
            } else {
                let second = value(input, errors)?;
                errors.at(second, words::second_value(self.kind));
            }
        }
        Ok(())
    }

    /// `name = value`
    fn read_option(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        let name: Ident = input.parse()?;
        let text = name.to_string();
        if let Some(colon) = input.parse::<Option<Token![:]>>()? {
            errors.at(colon, words::colon_after_option(&text));
        } else {
            input.parse::<Token![=]>()?;
        }
        let value = value(input, errors)?;
        if !options(self.kind).contains(&text.as_str()) {
            errors.at(
                &name,
                words::unknown_option(self.kind, &text, options(self.kind)),
            );
        } else if self.option(&text).is_some() {
            errors.at(&name, words::doubled_option(&text));
        } else if self.value.is_some() {
            errors.at(&name, words::option_after_value(&text, self.kind));
        } else {
            self.options.push(Given { name, value });
        }
        Ok(())
    }
}

/// Whether `name =` follows, and neither `name ==` nor `name =>`; or `name:`, by mistake.
fn is_option(input: ParseStream<'_>) -> bool {
    let equals = input.peek2(Token![=]) && !input.peek2(Token![==]) && !input.peek2(Token![=>]);
    let colon = input.peek2(Token![:]) && !input.peek2(Token![::]);
    input.peek(syn::Ident) && (equals || colon)
}

/// The `move` before a body, unless it belongs to a closure.
fn move_token(input: ParseStream<'_>) -> syn::Result<Option<Token![move]>> {
    if input.peek2(Token![|]) || input.peek2(Token![||]) {
        return Ok(None);
    }
    input.parse()
}

/// An expression up to the next comma, or, where an editor has only a part of one, its tokens.
fn value(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Value> {
    let fork = input.fork();
    let error = match fork.parse::<Expr>() {
        Ok(expr) => {
            input.advance_to(&fork);
            return Ok(Value::Expr(expr));
        }
        Err(error) => error,
    };
    let mut raw = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        raw.extend([input.parse::<TokenTree>()?]);
    }
    let message = words::unfinished(&error.to_string());
    errors.unfinished(syn::Error::new(error.span(), message));
    Ok(Value::Raw(raw))
}

fn skip_all(input: ParseStream<'_>) -> syn::Result<()> {
    TokenStream::parse(input).map(drop)
}
