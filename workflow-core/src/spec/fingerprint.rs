//! The structure of a manifest as a number.

use super::Spec;
use super::unfold::Around;

impl Spec {
    /// The structure as a number: names, kinds, keys and nesting of the operations, in order,
    /// with those of the parts.
    ///
    /// Bodies, comments, formatting and options do not change it.
    pub fn fingerprint(&self) -> u64 {
        unfolded(self, &Around::Nothing)
    }

    /// The same without what is inside the parts. FNV-1a (Fowler, Noll and Vo), because it can be
    /// computed at compile time.
    pub const fn own_fingerprint(&self) -> u64 {
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

/// The number of a manifest that has no parts is its own.
fn unfolded(spec: &Spec, around: &Around<'_>) -> u64 {
    let inside = Around::Spec(spec, around);
    let parts = spec.operations.iter().filter_map(|op| op.part);
    parts.fold(spec.own_fingerprint(), |hash, part| {
        let part = part();
        if inside.contains(part) {
            Fnv(hash).byte(0xff).0
        } else {
            Fnv(hash).number(unfolded(part, &inside)).0
        }
    })
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
        self.bytes(text.as_bytes()).byte(0xfe)
    }

    const fn number(self, number: u64) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    const fn bytes(self, bytes: &[u8]) -> Self {
        let mut hash = self;
        let mut i = 0;
        while i < bytes.len() {
            hash = hash.byte(bytes[i]);
            i += 1;
        }
        hash
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{CHARGE, calling, spec};
    use super::*;
    use crate::spec::{Nesting, Operation};

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
        let charge = spec("w", &[CHARGE]).fingerprint();
        assert_eq!(spec("w", &[MOVED]).fingerprint(), charge);
        for other in [
            spec("w", &[KEYED]),
            spec("w", &[LOOPED]),
            spec("w", &[RENAMED]),
            spec("w", &[]),
            spec("w", &[CHARGE, CHARGE]),
        ] {
            assert_ne!(other.fingerprint(), charge);
        }
    }

    const SHIP: Spec = spec("ship", &[CHARGE]);
    const CALL: Operation = calling(|| &SHIP);

    #[test]
    fn fingerprint_sees_what_is_inside_parts_and_not_what_the_helper_is_called() {
        const RENAMED: Spec = spec("renamed", &[CHARGE]);
        const OTHER: Spec = spec("other", &[CHARGE, CHARGE]);
        const EMPTY: Spec = spec("empty", &[]);
        const AROUND: Spec = spec("around", &[CALL]);
        const CALL_RENAMED: Operation = calling(|| &RENAMED);
        const CALL_OTHER: Operation = calling(|| &OTHER);
        const CALL_EMPTY: Operation = calling(|| &EMPTY);
        const CALL_AROUND: Operation = calling(|| &AROUND);
        let ship = spec("w", &[CALL]).fingerprint();
        assert_eq!(spec("w", &[CALL_RENAMED]).fingerprint(), ship);
        for other in [
            spec("w", &[CALL_OTHER]),
            spec("w", &[CALL_EMPTY]),
            spec("w", &[CALL_AROUND]),
            spec("w", &[CALL, CHARGE]),
            spec("w", &[CHARGE]),
        ] {
            assert_ne!(other.fingerprint(), ship);
        }
        assert_eq!(SHIP.fingerprint(), SHIP.own_fingerprint());
    }

    #[test]
    fn a_part_that_calls_itself_has_a_fingerprint() {
        static ITSELF: Spec = spec("itself", &[CHARGE, CALL_ITSELF]);
        const CALL_ITSELF: Operation = calling(|| &ITSELF);
        assert_eq!(ITSELF.fingerprint(), ITSELF.fingerprint());
        assert_ne!(ITSELF.fingerprint(), ITSELF.own_fingerprint());
        assert_ne!(
            spec("w", &[CHARGE, CALL]).fingerprint(),
            ITSELF.fingerprint()
        );
    }
}
