//! Operations inside other macros: `try_join!`, `select!`, `vec!`, `format!` and the like.
//!
//! What a macro makes of its tokens is its own affair, so they are read in the ways that most
//! macros read them: as expressions, as statements, else token by token. Spans stay as they are.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens as _, TokenStreamExt as _};
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut as _;
use syn::{Block, Expr, Macro, MacroDelimiter, Path, Token, token};

use super::{Walk, scan};
use crate::model::{Kind, Nesting};

impl Walk<'_> {
    /// Rewrites the operations inside a macro that is not ours.
    pub(super) fn foreign(&mut self, call: &mut Macro) {
        if !scan::operations(call.tokens.clone()).is_empty() {
            call.tokens = self.inner(std::mem::take(&mut call.tokens));
        }
    }

    /// The content of a macro or of a group in one.
    fn inner(&mut self, tokens: TokenStream) -> TokenStream {
        let expressions = Punctuated::<Expr, Token![,]>::parse_terminated;
        if let Ok(mut expressions) = expressions.parse2(tokens.clone()) {
            for expr in &mut expressions {
                self.visit_expr_mut(expr);
            }
            return expressions.into_token_stream();
        }
        if let Ok(mut statements) = Block::parse_within.parse2(tokens.clone()) {
            for statement in &mut statements {
                self.visit_stmt_mut(statement);
            }
            let mut tokens = TokenStream::new();
            tokens.append_all(statements);
            return tokens;
        }
        self.tokens(tokens)
    }

    /// Tokens that are no Rust on their own.
    pub(super) fn tokens(&mut self, tokens: TokenStream) -> TokenStream {
        let mut out: Vec<TokenTree> = Vec::new();
        let mut around = None;
        for token in tokens {
            match token {
                TokenTree::Group(group) => match called(&out) {
                    Some((kind, ident)) => {
                        let path = pop_path(&mut out);
                        self.call(kind, &ident, path, &group, &mut out);
                    }
                    None => out.push(self.group(group, &mut around).into()),
                },
                token => {
                    around = nesting(&token, &out, around);
                    out.push(token);
                }
            }
        }
        out.into_iter().collect()
    }

    fn group(&mut self, group: Group, around: &mut Option<Nesting>) -> Group {
        if scan::operations(group.stream()).is_empty() {
            return group;
        }
        let nesting = match group.delimiter() {
            Delimiter::Brace => around.take(),
            _ => *around,
        };
        let before = self.nesting.len();
        self.nesting.extend(nesting);
        let mut new = Group::new(group.delimiter(), self.inner(group.stream()));
        self.nesting.truncate(before);
        new.set_span(group.span());
        new
    }

    /// `path ! (group)`, where the path means an operation.
    fn call(
        &mut self,
        kind: Kind,
        ident: &Ident,
        path: Path,
        group: &Group,
        out: &mut Vec<TokenTree>,
    ) {
        let mut call = Macro {
            path,
            bang_token: Token![!](ident.span()),
            delimiter: delimiter(group),
            tokens: group.stream(),
        };
        self.operation(kind, ident.span(), &mut call);
        out.extend(call.path.into_token_stream());
        out.extend(call.bang_token.into_token_stream());
        let mut new = Group::new(group.delimiter(), call.tokens);
        new.set_span(group.span());
        out.push(new.into());
    }
}

/// The operation that is called where the tokens so far end in `name !`.
fn called(out: &[TokenTree]) -> Option<(Kind, Ident)> {
    match out {
        [.., TokenTree::Ident(name), TokenTree::Punct(bang)] if bang.as_char() == '!' => {
            Some((Kind::of(name)?, name.clone()))
        }
        _ => None,
    }
}

/// Takes the path and the `!` from the end of the tokens.
fn pop_path(out: &mut Vec<TokenTree>) -> Path {
    out.pop();
    let mut start = out.len() - 1;
    while let [.., TokenTree::Punct(a), TokenTree::Punct(b)] = &out[..start]
        && a.as_char() == ':'
        && b.as_char() == ':'
    {
        start -= 2;
        if let Some(TokenTree::Ident(_)) = out[..start].last() {
            start -= 1;
        }
    }
    let tokens: TokenStream = out.split_off(start).into_iter().collect();
    let parser = |input: ParseStream<'_>| Path::parse_mod_style(input);
    parser
        .parse2(tokens)
        .expect("names between `::` are a path")
}

fn delimiter(group: &Group) -> MacroDelimiter {
    let span = group.delim_span();
    match group.delimiter() {
        Delimiter::Brace => MacroDelimiter::Brace(token::Brace { span }),
        Delimiter::Bracket => MacroDelimiter::Bracket(token::Bracket { span }),
        Delimiter::Parenthesis | Delimiter::None => MacroDelimiter::Paren(token::Paren { span }),
    }
}

/// What stands around the next block, as far as words tell.
fn nesting(token: &TokenTree, out: &[TokenTree], before: Option<Nesting>) -> Option<Nesting> {
    match token {
        TokenTree::Ident(word) => match word.to_string().as_str() {
            "for" => Some(Nesting::For),
            "loop" | "while" => Some(Nesting::Loop),
            "if" | "else" | "match" => Some(Nesting::Branch),
            _ => before,
        },
        TokenTree::Punct(punct) => match (punct.as_char(), out.last()) {
            ('>', Some(TokenTree::Punct(equals))) if equals.as_char() == '=' => {
                Some(Nesting::Branch)
            }
            (',' | ';', _) => None,
            ('<', Some(TokenTree::Ident(word))) if word == "for" => None,
            _ => before,
        },
        _ => before,
    }
}
