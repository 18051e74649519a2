//! The manifest of a workflow: what the macro saw in its body, as constants.

mod fingerprint;
mod handle;
mod manifest;
mod unfold;

use std::any::TypeId;

pub use handle::{Handle, HasSpec};
pub use manifest::{Called, Change, Manifest, ManifestOperation, Typed, WrittenOption};
use serde::{Deserialize, Serialize};

/// What a `#[workflow]` function contains: written by the macro, complete by construction.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Spec {
    /// The workflow's name: the function's, unless `name = "…"` was given.
    pub name: &'static str,
    /// `version = n`, where it was given.
    pub version: Option<u32>,
    /// The inputs, in order.
    pub inputs: &'static [Input],
    /// The resources that the workflow borrows.
    pub resources: &'static [ResourceSpec],
    /// The operations of the body, in source order.
    pub operations: &'static [Operation],
    /// The file that holds the function.
    pub file: &'static str,
    /// The line of the function's name.
    pub line: u32,
    /// Whether `capture = "full"` was given.
    pub capture_full: bool,
}

/// One input of a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// The parameter as written: a name or a pattern.
    pub name: &'static str,
    /// The type as written.
    pub type_name: &'static str,
}

/// One resource that a workflow borrows from the engine.
#[derive(Clone, Copy, Debug)]
pub struct ResourceSpec {
    /// The parameter's name.
    pub name: &'static str,
    /// The type as written, without the reference.
    pub type_name: &'static str,
    /// The type's identity.
    pub id: fn() -> TypeId,
}

/// One operation of a body.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// What it is.
    pub kind: OperationKind,
    /// Its name, a literal.
    pub name: &'static str,
    /// Whether it has a `key`.
    pub keyed: bool,
    /// The options as written, in source order.
    pub options: &'static [(&'static str, &'static str)],
    /// The line in the workflow's file.
    pub line: u32,
    /// The loops and branches around it, outermost first.
    pub nesting: &'static [Nesting],
    /// Where the manifest of what a part calls is found.
    pub part: Option<fn() -> &'static Spec>,
}

/// The kinds of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum OperationKind {
    /// `step!`
    Step,
    /// `sleep!`
    Sleep,
    /// `value!`
    Value,
    /// `wait!`
    Wait,
    /// `child!`
    Child,
    /// `part!`: a helper with operations of its own.
    Part,
}

/// What stands around an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Nesting {
    /// `loop` or `while`
    Loop,
    /// `for`
    For,
    /// A closure.
    Closure,
    /// One branch of an `if` or a `match`.
    Branch,
}

impl Nesting {
    /// One lower-case word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loop => "loop",
            Self::For => "for",
            Self::Closure => "closure",
            Self::Branch => "branch",
        }
    }

    /// Whether what is in it may run more than once.
    pub const fn is_repeated(self) -> bool {
        match self {
            Self::Loop | Self::For | Self::Closure => true,
            Self::Branch => false,
        }
    }
}

impl OperationKind {
    /// The macro's name, as in `step!`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Sleep => "sleep",
            Self::Value => "value",
            Self::Wait => "wait",
            Self::Child => "child",
            Self::Part => "part",
        }
    }
}

impl Spec {
    /// The manifest of a workflow or a part, by its function.
    ///
    /// ```
    /// # use workflow_core::{Result, Spec, step, workflow};
    /// # async fn charge(cents: u64) -> Result<u64> { Ok(cents) }
    /// #[workflow]
    /// async fn checkout(cents: u64) -> Result<u64> {
    ///     Ok(step!("charge", charge(cents)).await?)
    /// }
    ///
    /// assert_eq!(Spec::of(checkout).operations[0].name, "charge");
    /// ```
    pub fn of<F: Handle<M>, M>(function: F) -> &'static Self {
        drop(function);
        F::SPEC
    }

    /// A manifest; only the macro calls this.
    #[doc(hidden)]
    #[expect(
        clippy::too_many_arguments,
        reason = "written by the macro, never by hand"
    )]
    pub const fn __new(
        name: &'static str,
        version: Option<u32>,
        inputs: &'static [Input],
        resources: &'static [ResourceSpec],
        operations: &'static [Operation],
        file: &'static str,
        line: u32,
        capture_full: bool,
    ) -> Self {
        Self {
            name,
            version,
            inputs,
            resources,
            operations,
            file,
            line,
            capture_full,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const CHARGE: Operation = Operation {
        kind: OperationKind::Step,
        name: "charge",
        keyed: false,
        options: &[],
        line: 3,
        nesting: &[],
        part: None,
    };

    /// A part.
    pub(super) const fn calling(part: fn() -> &'static Spec) -> Operation {
        Operation {
            kind: OperationKind::Part,
            name: "part",
            part: Some(part),
            ..CHARGE
        }
    }

    pub(super) const fn spec(name: &'static str, operations: &'static [Operation]) -> Spec {
        Spec::__new(name, None, &[], &[], operations, "w.rs", 1, false)
    }
}
