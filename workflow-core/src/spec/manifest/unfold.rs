//! From the constants that the macro wrote to owned data.

use super::{Called, Manifest, ManifestOperation, Typed, WrittenOption};
use crate::spec::unfold::Around;
use crate::spec::{Input, Operation, ResourceSpec, Spec};

impl Spec {
    /// The manifest as owned data, with its parts unfolded.
    pub fn manifest(&self) -> Manifest {
        Manifest {
            name: self.name.to_owned(),
            version: self.version,
            fingerprint: format!("{:016x}", self.fingerprint()),
            site: site(self, self.line),
            inputs: self.inputs.iter().map(Typed::from).collect(),
            resources: self.all_resources().iter().map(Typed::from).collect(),
            operations: operations(self, &Around::Nothing),
        }
    }
}

fn site(spec: &Spec, line: u32) -> String {
    format!("{}:{line}", spec.file)
}

fn operations(spec: &Spec, around: &Around<'_>) -> Vec<ManifestOperation> {
    let inside = Around::Spec(spec, around);
    let operations = spec.operations.iter();
    operations
        .map(|operation| unfolded(spec, operation, &inside))
        .collect()
}

fn unfolded(spec: &Spec, operation: &Operation, around: &Around<'_>) -> ManifestOperation {
    ManifestOperation {
        kind: operation.kind,
        name: operation.name.to_owned(),
        keyed: operation.keyed,
        options: operation.options.iter().map(WrittenOption::from).collect(),
        site: site(spec, operation.line),
        nesting: operation.nesting.to_vec(),
        calls: operation.part.map(|part| called(part(), around)),
    }
}

fn called(part: &Spec, around: &Around<'_>) -> Called {
    let again = around.contains(part);
    Called {
        name: part.name.to_owned(),
        site: site(part, part.line),
        inputs: part.inputs.iter().map(Typed::from).collect(),
        operations: if again {
            Vec::new()
        } else {
            operations(part, around)
        },
        again,
    }
}

impl From<&Input> for Typed {
    fn from(input: &Input) -> Self {
        Self {
            name: input.name.to_owned(),
            type_name: input.type_name.to_owned(),
        }
    }
}

impl From<&ResourceSpec> for Typed {
    fn from(resource: &ResourceSpec) -> Self {
        Self {
            name: resource.name.to_owned(),
            type_name: resource.type_name.to_owned(),
        }
    }
}

impl From<&(&'static str, &'static str)> for WrittenOption {
    fn from(&(name, value): &(&'static str, &'static str)) -> Self {
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
        }
    }
}
