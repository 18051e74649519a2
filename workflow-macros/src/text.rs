//! Tokens as people would write them: for the manifest, the generated docs, and printed
//! expansions.

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

/// The tokens on one line.
pub(crate) fn line(tokens: TokenStream) -> String {
    Writer::default().write(tokens)
}

/// The tokens on many lines, with the content of blocks indented.
pub(crate) fn block(tokens: TokenStream) -> String {
    let writer = Writer {
        lines: Some(Lines::default()),
        ..Writer::default()
    };
    writer.write(tokens)
}

/// What was written last, as far as spaces depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Last {
    /// Nothing, an opening delimiter, or an operator that sticks to what follows.
    #[default]
    Tight,
    /// The end of an operand: a name, a literal, a closing delimiter.
    Operand,
    /// A word or an operator with a space after it.
    Loose,
}

/// Where a text on many lines is.
#[derive(Clone, Copy, Debug, Default)]
struct Lines {
    indent: usize,
    /// Whether a block has just ended, which begins a new line unless its statement goes on.
    after_block: bool,
}

#[derive(Default)]
struct Writer {
    text: String,
    last: Last,
    /// Whether the parameters of a closure are open.
    bars: bool,
    /// How many angle brackets are open.
    angles: usize,
    lines: Option<Lines>,
}

/// Words that an operand follows.
const KEYWORDS: [&str; 21] = [
    "as", "async", "const", "dyn", "else", "fn", "for", "if", "impl", "in", "let", "loop", "match",
    "move", "mut", "pub", "return", "static", "use", "where", "while",
];

impl Writer {
    fn write(mut self, tokens: TokenStream) -> String {
        self.all(tokens);
        self.text
    }

    fn all(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(ident) => self.word(&ident.to_string()),
                TokenTree::Literal(literal) => self.word(&literal.to_string()),
                TokenTree::Group(group) => self.group(&group),
                TokenTree::Punct(punct) => {
                    let mut operator = String::from(punct.as_char());
                    let mut spacing = punct.spacing();
                    while spacing == Spacing::Joint
                        && let Some(TokenTree::Punct(next)) = tokens.peek()
                        && is_operator(&operator, next.as_char())
                        && !self.closes_angle(&operator)
                    {
                        operator.push(next.as_char());
                        spacing = next.spacing();
                        tokens.next();
                    }
                    self.operator(&operator);
                }
            }
        }
    }

    fn word(&mut self, word: &str) {
        self.leave_block(word != "else");
        let member = self.text.ends_with('.');
        if self.last != Last::Tight {
            self.text.push(' ');
        }
        self.text.push_str(word);
        self.last = if KEYWORDS.contains(&word) && !member {
            Last::Loose
        } else {
            Last::Operand
        };
    }

    fn group(&mut self, group: &Group) {
        let (open, close, spaced) = match group.delimiter() {
            Delimiter::Parenthesis => ("(", ")", self.last == Last::Loose),
            Delimiter::Bracket => ("[", "]", self.last == Last::Loose),
            Delimiter::Brace => ("{ ", " }", self.last != Last::Tight),
            Delimiter::None => ("", "", self.last != Last::Tight),
        };
        if spaced {
            self.text.push(' ');
        }
        let (bars, angles) = (self.bars, self.angles);
        (self.bars, self.angles, self.last) = (false, 0, Last::Tight);
        if group.stream().is_empty() {
            self.text.push_str(open.trim());
            self.text.push_str(close.trim());
        } else if self.lines.is_some() && group.delimiter() == Delimiter::Brace {
            self.block(group.stream());
        } else {
            self.text.push_str(open);
            self.all(group.stream());
            self.text.push_str(close);
        }
        (self.bars, self.angles, self.last) = (bars, angles, Last::Operand);
    }

    fn operator(&mut self, operator: &str) {
        self.leave_block(matches!(operator, "#" | "&" | "*" | "'"));
        let prefix = self.last != Last::Operand;
        match operator {
            ";" => {
                self.suffix(operator, Last::Loose);
                self.new_line();
            }
            "," | ":" => self.suffix(operator, Last::Loose),
            "?" => self.suffix(operator, Last::Operand),
            "." | "::" | "!" if !prefix => self.suffix(operator, Last::Tight),
            ".." | "..=" => self.suffix(operator, Last::Tight),
            "|" if prefix && !self.bars => {
                self.prefix(operator);
                self.bars = true;
            }
            "|" if self.bars => {
                self.suffix(operator, Last::Loose);
                self.bars = false;
            }
            "||" if prefix => {
                self.prefix(operator);
                self.last = Last::Loose;
            }
            "<" if self.opens_angle() => {
                self.angles += 1;
                self.suffix(operator, Last::Tight);
            }
            ">" if self.closes_angle(operator) => {
                self.angles -= 1;
                self.suffix(operator, Last::Operand);
            }
            _ if prefix => self.prefix(operator),
            _ => {
                self.text.push(' ');
                self.suffix(operator, Last::Loose);
            }
        }
    }

    /// Whether a `<` after what is written opens a list of types.
    fn opens_angle(&self) -> bool {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let word = self.text.trim_end_matches(is_word).len();
        let (before, word) = self.text.split_at(word);
        before.ends_with("fn ")
            || word.starts_with(char::is_uppercase)
            || (word.is_empty() && (before.ends_with("::") || self.last != Last::Operand))
    }

    /// Whether a `>` ends a list of types, and is not the first half of a `>>`.
    fn closes_angle(&self, operator: &str) -> bool {
        operator == ">" && self.angles > 0
    }

    fn suffix(&mut self, operator: &str, last: Last) {
        self.text.push_str(operator);
        self.last = last;
    }

    fn prefix(&mut self, operator: &str) {
        if self.last == Last::Loose {
            self.text.push(' ');
        }
        self.suffix(operator, Last::Tight);
    }

    /// The content of a block, on lines of its own.
    fn block(&mut self, content: TokenStream) {
        self.text.push('{');
        self.indent(|indent| indent + 1);
        self.new_line();
        self.all(content);
        self.indent(|indent| indent - 1);
        self.new_line();
        self.text.push('}');
        if let Some(lines) = &mut self.lines {
            lines.after_block = true;
        }
    }

    fn indent(&mut self, change: impl FnOnce(usize) -> usize) {
        if let Some(lines) = &mut self.lines {
            lines.indent = change(lines.indent);
        }
    }

    /// What follows a block begins a new line, unless it goes on with it.
    fn leave_block(&mut self, begins: bool) {
        let after_block = self
            .lines
            .as_mut()
            .is_some_and(|lines| std::mem::take(&mut lines.after_block));
        if after_block && begins {
            self.new_line();
        }
    }

    fn new_line(&mut self) {
        let Some(lines) = &mut self.lines else { return };
        lines.after_block = false;
        self.text.truncate(self.text.trim_end().len());
        self.text.push('\n');
        self.text.push_str(&" ".repeat(4 * lines.indent));
        self.last = Last::Tight;
    }
}

/// Whether the operator goes on with this character.
fn is_operator(operator: &str, next: char) -> bool {
    const OPERATORS: [&str; 22] = [
        "::", "->", "=>", "==", "!=", "<=", ">=", "&&", "||", "+=", "-=", "*=", "/=", "%=", "^=",
        "|=", "&=", "<<", ">>", "..", "..=", "...",
    ];
    let longer = format!("{operator}{next}");
    OPERATORS.contains(&longer.as_str())
}

#[cfg(test)]
mod tests {
    use super::{block, line};

    #[track_caller]
    fn check(text: &str) {
        assert_eq!(line(text.parse().expect("tokens")), text);
    }

    #[test]
    fn what_is_written_in_options_comes_back_as_it_was() {
        check(r#"Retry::exponential("1s").times(3)"#);
        check("|e| e.is_transient()");
        check("|e: &Failure| !matches!(e, Failure::Fatal { .. }) && e.code() != 3");
        check("item.id");
        check("&order.items[0]");
        check("Duration::from_secs(60 * n + 1)");
        check("format!(\"{}-{}\", a.b, -1)");
        check("(a, b)");
        check("wait.await?");
        check("x.map(|y| *y).collect::<Vec<u8>>()");
        check("if a < b { 1 } else { 2 }");
        check("1..=n");
    }

    #[test]
    fn types_come_back_as_they_were() {
        check("Vec<HashMap<String, u8>>");
        check("dyn Shop + Send");
        check("&'static str");
        check("[u8; 4]");
        check("(u8, Option<String>)");
        check("workflow_core::Result<()>");
        check("<T as Shop>::Order");
    }

    #[test]
    fn blocks_get_lines_of_their_own() {
        let tokens = "fn run<'run>(a: A) -> B { let x = y; if x { z() } else { w }; Ok(C { a }) }";
        let text = block(tokens.parse().expect("tokens"));
        assert_eq!(
            text,
            "fn run<'run>(a: A) -> B {\n    let x = y;\n    if x {\n        z()\n    } else {\n        \
             w\n    };\n    Ok(C {\n        a\n    })\n}"
        );
    }
}
