//! Which variables of a body are hash maps or sets, and where their order shows.

use syn::{Expr, ExprMethodCall, GenericArgument, Local, Pat, Path, PathArguments, Type};

/// A collection without an order: its type, and its variable, if it has one.
pub(crate) struct Unordered {
    pub(crate) ty: &'static str,
    pub(crate) name: Option<String>,
}

/// The variables in sight at a place of the body, innermost last, with their type if it is a hash
/// map or set.
#[derive(Default)]
pub(super) struct Locals(Vec<(String, Option<&'static str>)>);

/// What gives the items of a collection.
const ITERATE: [&str; 13] = [
    "iter",
    "iter_mut",
    "keys",
    "values",
    "values_mut",
    "into_iter",
    "into_keys",
    "into_values",
    "drain",
    "difference",
    "symmetric_difference",
    "intersection",
    "union",
];

/// What hands items on in the order in which they come.
const HAND_ON: [&str; 16] = [
    "chain",
    "cloned",
    "copied",
    "enumerate",
    "filter",
    "filter_map",
    "flat_map",
    "for_each",
    "inspect",
    "map",
    "peekable",
    "skip",
    "skip_while",
    "take",
    "take_while",
    "zip",
];

impl Locals {
    /// How many there are, to come back to.
    pub(super) const fn mark(&self) -> usize {
        self.0.len()
    }

    /// Forgets those that came after a mark.
    pub(super) fn reset(&mut self, mark: usize) {
        self.0.truncate(mark);
    }

    /// A variable that hides others of its name.
    pub(super) fn add(&mut self, name: String, hash: Option<&'static str>) {
        self.0.push((name, hash));
    }

    /// The kind of collection that a `let` makes, where it has one variable.
    pub(super) fn made_by(&self, local: &Local) -> Option<&'static str> {
        let written = match &local.pat {
            Pat::Type(typed) => return of_type(&typed.ty),
            pat => pat,
        };
        let Pat::Ident(_) = written else { return None };
        self.of_value(&local.init.as_ref()?.expr)
    }

    /// Hash map or set, as far as an expression shows.
    fn of_value(&self, expr: &Expr) -> Option<&'static str> {
        match expr {
            Expr::Paren(inner) => self.of_value(&inner.expr),
            Expr::Try(inner) => self.of_value(&inner.expr),
            Expr::Call(call) => match &*call.func {
                Expr::Path(path) => constructed(&path.path),
                _ => None,
            },
            Expr::MethodCall(call) if call.method == "collect" => collected(call),
            Expr::MethodCall(call) if call.method == "clone" => self.collection(&call.receiver)?.0,
            _ => None,
        }
    }

    /// The collection that an expression is or borrows: its type and its variable.
    fn collection(&self, expr: &Expr) -> Option<(Option<&'static str>, Option<String>)> {
        match expr {
            Expr::Reference(inner) => self.collection(&inner.expr),
            Expr::Paren(inner) => self.collection(&inner.expr),
            Expr::Path(path) => {
                let name = path.path.get_ident()?.to_string();
                let (_, hash) = self.0.iter().rev().find(|(local, _)| *local == name)?;
                hash.map(|ty| (Some(ty), Some(name)))
            }
            expr => self.of_value(expr).map(|ty| (Some(ty), None)),
        }
    }

    /// The collection over whose items a `for` goes in the order in which they come.
    pub(super) fn iterated(&self, expr: &Expr) -> Option<Unordered> {
        match expr {
            Expr::Paren(inner) => self.iterated(&inner.expr),
            Expr::MethodCall(call) => self.handed_on(call).or_else(|| self.unordered(expr)),
            expr => self.unordered(expr),
        }
    }

    /// The collection whose items a chain of methods hands on.
    pub(super) fn handed_on(&self, call: &ExprMethodCall) -> Option<Unordered> {
        if is_one_of(&ITERATE, call) {
            return self.unordered(&call.receiver);
        }
        match &*call.receiver {
            Expr::MethodCall(receiver) if is_one_of(&HAND_ON, call) => self.handed_on(receiver),
            _ => None,
        }
    }

    fn unordered(&self, expr: &Expr) -> Option<Unordered> {
        let (ty, name) = self.collection(expr)?;
        Some(Unordered { ty: ty?, name })
    }
}

fn is_one_of(methods: &[&str], call: &ExprMethodCall) -> bool {
    methods.iter().any(|method| call.method == method)
}

/// `HashMap::new()`, `HashSet::from(..)`
fn constructed(path: &Path) -> Option<&'static str> {
    const CONSTRUCTORS: [&str; 5] = ["new", "with_capacity", "from", "from_iter", "default"];
    let mut segments = path.segments.iter().rev();
    let (last, ty) = (segments.next()?, segments.next()?);
    CONSTRUCTORS
        .iter()
        .any(|name| last.ident == name)
        .then(|| of_segment(ty))?
}

/// `.collect::<HashMap<_, _>>()`
fn collected(call: &ExprMethodCall) -> Option<&'static str> {
    let Some(GenericArgument::Type(ty)) = call.turbofish.as_ref()?.args.first() else {
        return None;
    };
    of_type(ty).or_else(|| of_type(inside_result(ty)?))
}

/// `T` of `Result<T, E>` and `Option<T>`.
fn inside_result(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(ty) if last.ident == "Result" || last.ident == "Option" => Some(ty),
        _ => None,
    }
}

/// Whether a type is written as a hash map or set, borrowed or not.
pub(super) fn of_type(ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Path(path) => of_segment(path.path.segments.last()?),
        Type::Reference(reference) => of_type(&reference.elem),
        Type::Paren(paren) => of_type(&paren.elem),
        _ => None,
    }
}

/// One more argument is a hasher, which may give the same order every time.
fn of_segment(segment: &syn::PathSegment) -> Option<&'static str> {
    let (ty, most) = match segment.ident.to_string().as_str() {
        "HashMap" => ("HashMap", 2),
        "HashSet" => ("HashSet", 1),
        _ => return None,
    };
    let count = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.len(),
        _ => 0,
    };
    (count <= most).then_some(ty)
}
