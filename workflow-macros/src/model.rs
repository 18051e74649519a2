//! What the macro understood of a workflow, as plain data.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{
    Attribute, Block, Expr, GenericParam, Generics, ItemUse, LitStr, Pat, Path, Token, Type,
    Visibility, token,
};

use crate::args::Args;
use crate::audience::Audience;

/// What a marked function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The engine runs it.
    Workflow,
    /// A workflow calls it with `part!`.
    Part,
}

impl Form {
    /// The form in words.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Workflow => "workflow",
            Self::Part => "part",
        }
    }
}

/// A workflow, or a part of one, as it is written.
pub(crate) struct Workflow {
    pub(crate) audience: Audience,
    pub(crate) args: Args,
    pub(crate) signature: Signature,
    pub(crate) operations: Vec<Operation>,
    /// Operations of one name that must not be compiled together.
    pub(crate) conflicts: Vec<Conflict>,
    /// How each kind of operation is called in the body, for the user's imports to count as used.
    pub(crate) called: Vec<(Kind, Path)>,
    /// The body, with its operations rewritten.
    pub(crate) body: Block,
}

/// Everything before the body.
pub(crate) struct Signature {
    /// Attributes of the function that callers see.
    pub(crate) outer: Vec<Attribute>,
    /// Attributes that change what runs.
    pub(crate) inner: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) asyncness: Token![async],
    pub(crate) fn_token: Token![fn],
    pub(crate) ident: Ident,
    /// Only lifetimes, and those only of a part, unless it is an error.
    pub(crate) generics: Generics,
    /// Present only by mistake.
    pub(crate) receiver: Option<syn::Receiver>,
    pub(crate) paren: token::Paren,
    pub(crate) params: Vec<Param>,
    pub(crate) output: Output,
}

impl Signature {
    /// Whether it has parameters that are no lifetimes.
    pub(crate) fn is_generic(&self) -> bool {
        let mut params = self.generics.params.iter();
        params.any(|param| !matches!(param, GenericParam::Lifetime(_)))
    }
}

/// One parameter.
pub(crate) struct Param {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) pat: Pat,
    pub(crate) ty: Type,
    /// The type as it is written.
    pub(crate) type_name: String,
    /// The name outside the body: the pattern's, where it is a plain name. Hygienic.
    pub(crate) name: Ident,
    pub(crate) role: Role,
}

/// What a parameter is.
pub(crate) enum Role {
    Input,
    /// Borrowed from the engine; the type is without its reference.
    Resource(Box<Type>),
}

/// What the function returns.
pub(crate) enum Output {
    /// A type that may be a `Result`.
    Given(Type),
    /// Evidently no `Result`.
    Plain(Type),
    /// A type without a name.
    Opaque(Type),
    /// Nothing.
    Missing,
}

/// The kinds of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Step,
    Sleep,
    Value,
    Part,
    Wait,
    Child,
}

impl Kind {
    pub(crate) const ALL: [Self; 6] = [
        Self::Step,
        Self::Sleep,
        Self::Value,
        Self::Part,
        Self::Wait,
        Self::Child,
    ];

    /// The macro's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Sleep => "sleep",
            Self::Value => "value",
            Self::Part => "part",
            Self::Wait => "wait",
            Self::Child => "child",
        }
    }

    /// The kind of the operation that a macro's name means.
    pub(crate) fn of(ident: &Ident) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| ident == kind.name())
    }

    /// The kind of the operation that a macro's path means.
    pub(crate) fn of_path(path: &Path) -> Option<Self> {
        Self::of(&path.segments.last()?.ident)
    }
}

/// One operation of the body, as the manifest lists it.
pub(crate) struct Operation {
    pub(crate) kind: Kind,
    pub(crate) name: LitStr,
    pub(crate) keyed: bool,
    /// The options as text, in the order in which they are written.
    pub(crate) options: Vec<(String, String)>,
    /// The macro's name in the body.
    pub(crate) span: Span,
    pub(crate) moves: Moves,
    /// Outermost first.
    pub(crate) nesting: Vec<Nesting>,
    /// The conditions under which it is compiled.
    pub(crate) cfgs: Vec<Attribute>,
    /// What a part calls.
    pub(crate) callee: Option<Callee>,
}

/// The function that a part calls.
pub(crate) struct Callee {
    pub(crate) path: Path,
    /// The imports of the blocks around it, which its path may need.
    pub(crate) imports: Vec<ItemUse>,
}

/// Two operations of one name, where conditions decide whether both are compiled.
pub(crate) struct Conflict {
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) message: String,
    pub(crate) span: Span,
}

/// What stands around an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nesting {
    Loop,
    For,
    Closure,
    Branch,
}

/// What a step's body takes by value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moves {
    Nothing,
    /// For its only attempt.
    Once,
    /// For attempts that borrow from what was taken.
    ForAllAttempts,
}

/// One operation as it is written: `step!("name", option = value, .., body)`.
pub(crate) struct Invocation {
    pub(crate) kind: Kind,
    /// The macro's name in the body.
    pub(crate) span: Span,
    pub(crate) name: LitStr,
    pub(crate) options: Vec<Given>,
    pub(crate) move_token: Option<Token![move]>,
    /// A step's body, a sleep's length, the expression of a value, or the call of a part.
    pub(crate) value: Option<Value>,
}

/// An option with its value.
pub(crate) struct Given {
    pub(crate) name: Ident,
    pub(crate) value: Value,
}

/// An expression, or what an editor has of one so far.
pub(crate) enum Value {
    Expr(Expr),
    Raw(TokenStream),
}

impl Invocation {
    /// The value of an option.
    pub(crate) fn option(&self, name: &str) -> Option<&Given> {
        self.options.iter().find(|given| given.name == name)
    }

    /// The function that a part calls.
    pub(crate) fn callee(&self) -> Option<&Path> {
        match &self.value {
            Some(Value::Expr(Expr::Call(call))) if self.kind == Kind::Part => match &*call.func {
                Expr::Path(path) if path.qself.is_none() => Some(&path.path),
                _ => None,
            },
            _ => None,
        }
    }

    pub(crate) fn moves(&self) -> Moves {
        match (self.move_token, self.option("retry")) {
            (None, _) => Moves::Nothing,
            (Some(_), None) => Moves::Once,
            (Some(_), Some(_)) => Moves::ForAllAttempts,
        }
    }
}

impl quote::ToTokens for Value {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Expr(expr) => expr.to_tokens(tokens),
            Self::Raw(raw) => tokens.extend(raw.clone()),
        }
    }
}
