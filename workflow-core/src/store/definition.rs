//! The manifests of workflows as a store keeps them.

/// The manifest of a workflow, kept so that a later build can say what changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The workflow's name.
    pub workflow: String,
    /// Its structure as a number, by which runs refer to it.
    pub fingerprint: u64,
    /// The manifest as JSON.
    pub manifest: String,
}
