//! The options of `#[workflow(..)]`.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt as _;
use syn::parse::{Parse as _, ParseStream, Parser as _};
use syn::{Expr, ExprLit, Lit, LitInt, LitStr, Path, Token, parenthesized, token};

use crate::diag::{Errors, attribute as words};
use crate::model::Form;
use crate::text;

/// What the attribute was given.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) name: Option<LitStr>,
    pub(crate) version: Option<u32>,
    /// Where `workflow_core` is, if not there.
    pub(crate) krate: Option<Path>,
    pub(crate) capture_full: bool,
    /// Why nondeterminism is allowed.
    pub(crate) allow: Option<LitStr>,
    /// Whether it is marked as a part.
    part: bool,
    /// The names of all options.
    given: Vec<Ident>,
}

impl Args {
    /// Reads the options and reports what is wrong with them.
    pub(crate) fn read(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                args.option(input, errors)?;
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        if let Err(error) = parser.parse2(tokens) {
            errors.add(error);
        }
        args
    }

    /// What the function is marked as.
    pub(crate) const fn form(&self) -> Form {
        if self.part {
            Form::Part
        } else {
            Form::Workflow
        }
    }

    /// An option with this name, where it is written.
    pub(crate) fn given(&self, name: &str) -> Option<&Ident> {
        self.given.iter().find(|given| *given == name)
    }

    fn option(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        let option = Ident::parse_any(input)?;
        let name = option.to_string();
        if self.given(&name).is_some() {
            errors.beside(&option, words::doubled_option(&name));
        }
        match name.as_str() {
            "part" => {
                self.part = true;
                if input.peek(Token![=]) || input.peek(token::Paren) {
                    errors.beside_on(input.span(), words::part_takes_no_value());
                    skip(input)?;
                }
            }
            "allow" if input.peek(token::Paren) => self.allow(input, errors)?,
            "name" | "version" | "crate" | "capture" if input.peek(Token![=]) => {
                input.parse::<Token![=]>()?;
                self.value(&name, input, errors)?;
            }
            known if words::OPTIONS.contains(&known) => {
                errors.beside(&option, words::needs_value(known));
                skip(input)?;
            }
            unknown => {
                errors.beside(&option, words::unknown_option(unknown));
                skip(input)?;
            }
        }
        self.given.push(option);
        Ok(())
    }

    fn value(
        &mut self,
        name: &str,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        if name == "crate" {
            self.krate = Some(Path::parse_mod_style(input)?);
            return Ok(());
        }
        let value: Expr = input.parse()?;
        match (name, literal(&value)) {
            ("name", Some(Lit::Str(text))) => self.name = Some(text.clone()),
            ("name", _) => errors.beside(&value, words::name_not_literal()),
            ("version", Some(Lit::Int(number))) => match version(number) {
                Some(version) => self.version = Some(version),
                None => errors.beside(&value, words::version_not_number()),
            },
            ("version", _) => errors.beside(&value, words::version_not_number()),
            (_, Some(Lit::Str(text))) if text.value() == "full" => self.capture_full = true,
            _ => errors.beside(&value, words::unknown_capture()),
        }
        Ok(())
    }

    /// `(nondeterminism, reason = "..")`
    fn allow(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        let inside;
        let paren = parenthesized!(inside in input);
        let lint: Path = inside.parse()?;
        if !lint.is_ident("nondeterminism") {
            let found = text::line(quote::quote!(#lint));
            errors.beside(&lint, words::unknown_allow(&found));
            return skip_all(&inside);
        }
        inside.parse::<Option<Token![,]>>()?;
        if inside.is_empty() {
            errors.beside_on(paren.span.join(), words::allow_without_reason());
            return Ok(());
        }
        let reason = Ident::parse_any(&inside)?;
        if reason != "reason" {
            errors.beside(&reason, words::allow_without_reason());
            return skip_all(&inside);
        }
        inside.parse::<Token![=]>()?;
        self.allow = Some(inside.parse()?);
        inside.parse::<Option<Token![,]>>()?;
        Ok(())
    }
}

fn literal(expr: &Expr) -> Option<&Lit> {
    match expr {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        _ => None,
    }
}

fn version(number: &LitInt) -> Option<u32> {
    number.base10_parse().ok()
}

/// Skips to the next comma.
fn skip(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

fn skip_all(input: ParseStream<'_>) -> syn::Result<()> {
    TokenStream::parse(input).map(drop)
}
