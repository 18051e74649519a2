//! A manifest as owned data, with those of its parts where they are called: to be printed, kept,
//! and compared with that of another build.

mod diff;
mod mermaid;
mod tree;
mod unfold;
mod words;

use serde::{Deserialize, Serialize};

use super::{Nesting, OperationKind};
pub use diff::Change;

/// What a workflow contains, with its parts unfolded.
///
/// [`Spec::manifest`](crate::Spec::manifest) makes one. As JSON it can be kept, and compared with
/// that of a later build.
///
/// ```
/// # use workflow_core::{Manifest, Result, Spec, step, workflow};
/// # async fn charge(cents: u64) -> Result<u64> { Ok(cents) }
/// # mod before {
/// #     use workflow_core::{Result, step, workflow};
/// #     #[workflow]
/// #     pub(crate) async fn checkout(cents: u64) -> Result<u64> {
/// #         Ok(step!("charge", async { Ok::<_, workflow_core::Error>(cents) }).await?)
/// #     }
/// # }
/// #[workflow]
/// async fn checkout(cents: u64) -> Result<u64> {
///     step!("check", charge(cents)).await?;
///     Ok(step!("charge", charge(cents)).await?)
/// }
///
/// let kept = Spec::of(before::checkout).manifest().to_json();
/// // … a build later …
/// let old = Manifest::from_json(&kept)?;
/// let changes = Spec::of(checkout).manifest().changes_since(&old);
/// assert!(changes[0].to_string().starts_with("step `check` was added before `charge`"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Manifest {
    /// The workflow's name, or that of a part's function.
    pub name: String,
    /// `version = n`, where it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// The structure as a number, in hexadecimal digits.
    pub fingerprint: String,
    /// `file:line` of the function.
    pub site: String,
    /// The inputs, in order.
    pub inputs: Vec<Typed>,
    /// What the workflow and its parts borrow from the engine.
    pub resources: Vec<Typed>,
    /// The operations, in source order.
    pub operations: Vec<ManifestOperation>,
}

/// Something with a type, both as they are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Typed {
    /// The name.
    pub name: String,
    /// The type.
    #[serde(rename = "type")]
    pub type_name: String,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ManifestOperation {
    /// What it is.
    pub kind: OperationKind,
    /// Its name.
    pub name: String,
    /// Whether it has a `key`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keyed: bool,
    /// The options as written, in source order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<WrittenOption>,
    /// `file:line` of the operation.
    pub site: String,
    /// The loops and branches around it, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nesting: Vec<Nesting>,
    /// What a part calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<Called>,
}

/// An option as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WrittenOption {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// The function that a part calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Called {
    /// The function's name.
    pub name: String,
    /// `file:line` of the function.
    pub site: String,
    /// Its parameters, in order.
    pub inputs: Vec<Typed>,
    /// Its operations, in source order; none where it is one of the functions around it.
    pub operations: Vec<ManifestOperation>,
    /// Whether it is one of the functions around it: the part calls itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}

impl Manifest {
    /// The manifest as JSON, on many lines.
    ///
    /// # Panics
    ///
    /// Never: a manifest is made of texts and numbers.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a manifest is made of texts and numbers")
    }

    /// The manifest that [`to_json`](Self::to_json) wrote, also by another build.
    ///
    /// # Errors
    ///
    /// Where the text is no manifest, or that of a newer version with other kinds of operations.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

#[cfg(test)]
mod tests;
