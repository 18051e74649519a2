//! The manifest of a workflow: what the macro saw in its body, as constants.

use std::any::TypeId;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

/// The kinds of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OperationKind {
    /// `step!`
    Step,
    /// `sleep!`
    Sleep,
    /// `value!`
    Value,
    /// `part!`: a helper with operations of its own.
    Part,
}

/// What stands around an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

impl OperationKind {
    /// The macro's name, as in `step!`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Sleep => "sleep",
            Self::Value => "value",
            Self::Part => "part",
        }
    }
}

impl Spec {
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

    /// The structure as a number: names, kinds, keys and nesting of the operations, in order.
    ///
    /// Bodies, comments, formatting and options do not change it. FNV-1a (Fowler, Noll and Vo),
    /// because it can be computed at compile time.
    pub const fn fingerprint(&self) -> u64 {
        let mut hash = Fnv::new();
        let mut i = 0;
        while i < self.operations.len() {
            let operation = &self.operations[i];
            hash = hash
                .text(operation.kind.as_str())
                .text(operation.name)
                .byte(operation.keyed as u8);
            let mut j = 0;
            while j < operation.nesting.len() {
                hash = hash.byte(operation.nesting[j] as u8);
                j += 1;
            }
            hash = hash.byte(0xff);
            i += 1;
        }
        hash.0
    }
}

/// FNV-1a with 64 bits, as a `const` computation.
struct Fnv(u64);

impl Fnv {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    const fn byte(self, byte: u8) -> Self {
        Self((self.0 ^ byte as u64).wrapping_mul(0x0100_0000_01b3))
    }

    /// The text's bytes and a byte that no text contains.
    const fn text(self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut hash = self;
        let mut i = 0;
        while i < bytes.len() {
            hash = hash.byte(bytes[i]);
            i += 1;
        }
        hash.byte(0xfe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHARGE: Operation = Operation {
        kind: OperationKind::Step,
        name: "charge",
        keyed: false,
        options: &[],
        line: 3,
        nesting: &[],
    };

    const fn spec(operations: &'static [Operation]) -> Spec {
        Spec::__new("w", None, &[], &[], operations, "w.rs", 1, false)
    }

    #[test]
    fn fingerprint_ignores_lines_and_options_and_sees_names_keys_and_nesting() {
        const MOVED: Operation = Operation {
            line: 9,
            options: &[("timeout", "\"3s\"")],
            ..CHARGE
        };
        const KEYED: Operation = Operation {
            keyed: true,
            ..CHARGE
        };
        const LOOPED: Operation = Operation {
            nesting: &[Nesting::Loop],
            ..CHARGE
        };
        const RENAMED: Operation = Operation {
            name: "bill",
            ..CHARGE
        };
        let charge = spec(&[CHARGE]).fingerprint();
        assert_eq!(spec(&[MOVED]).fingerprint(), charge);
        for other in [
            spec(&[KEYED]),
            spec(&[LOOPED]),
            spec(&[RENAMED]),
            spec(&[]),
            spec(&[CHARGE, CHARGE]),
        ] {
            assert_ne!(other.fingerprint(), charge);
        }
    }
}
