//! Manifests with those of their parts, each where it is called.

use std::collections::HashSet;

use super::{ResourceSpec, Spec};

/// The manifests around a place, innermost first: a part may call itself.
pub(super) enum Around<'a> {
    Nothing,
    Spec(&'a Spec, &'a Self),
}

impl Around<'_> {
    /// Whether a manifest is among them.
    ///
    /// By its place in the source: the compiler may have several copies of one manifest.
    pub(super) fn contains(&self, spec: &Spec) -> bool {
        match self {
            Self::Nothing => false,
            Self::Spec(own, around) => own.place() == spec.place() || around.contains(spec),
        }
    }
}

impl Spec {
    /// Where the function is, which is what tells it apart from all others.
    const fn place(&self) -> (&'static str, u32, &'static str) {
        (self.file, self.line, self.name)
    }

    /// What the workflow and its parts borrow, each type once.
    pub fn all_resources(&self) -> Vec<ResourceSpec> {
        let mut found = Vec::new();
        self.resources_into(&mut found, &Around::Nothing);
        let mut seen = HashSet::new();
        found.retain(|resource| seen.insert((resource.id)()));
        found
    }

    fn resources_into(&self, found: &mut Vec<ResourceSpec>, around: &Around<'_>) {
        found.extend(self.resources);
        let inside = Around::Spec(self, around);
        for part in self.operations.iter().filter_map(|op| op.part) {
            let part = part();
            if !inside.contains(part) {
                part.resources_into(found, &inside);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::any::TypeId;

    use super::super::tests::{calling, spec};
    use super::*;
    use crate::spec::Operation;

    const fn resource<T: 'static>(type_name: &'static str) -> ResourceSpec {
        ResourceSpec {
            name: "it",
            type_name,
            id: TypeId::of::<T>,
        }
    }

    #[test]
    fn resources_of_parts_count_once_each() {
        static INNER: Spec = Spec {
            resources: &[BYTE, SHORT],
            ..spec("inner", &[CALL_INNER])
        };
        const BYTE: ResourceSpec = resource::<u8>("u8");
        const SHORT: ResourceSpec = resource::<u16>("u16");
        const WORD: ResourceSpec = resource::<u32>("u32");
        const CALL_INNER: Operation = calling(|| &INNER);
        static MIDDLE: Spec = spec("middle", &[CALL_INNER, CALL_INNER]);
        const CALL_MIDDLE: Operation = calling(|| &MIDDLE);
        let outer = Spec {
            resources: &[BYTE, WORD],
            ..spec("outer", &[CALL_MIDDLE])
        };
        let resources = outer.all_resources();
        let names: Vec<_> = resources.iter().map(|found| found.type_name).collect();
        assert_eq!(names, ["u8", "u32", "u16"]);
    }
}
