//! What may be recorded: the bounds on inputs, outputs and step values, in words.
//!
//! Each is a trait of its own over serde, so that the compiler names the mistake ("`Raw` cannot
//! be the output of a step") and not serde's impls. The traits that are bounds of associated
//! types have no serde supertraits: the compiler would report each of those as well.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec;

/// A value that a step can record.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the output of a step",
    label = "`{Self}` cannot be recorded",
    note = "a step's value is recorded, and a replay reads it instead of running the body",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to `{Self}`, or return a type \
            that has both"
)]
pub trait StepValue: Sized {
    /// The bytes that are recorded, or why there are none.
    fn encode(&self) -> Result<Vec<u8>, String>;

    /// The value that was recorded, or why it is none of this type.
    fn decode(bytes: &[u8]) -> Result<Self, String>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> StepValue for T {
    fn encode(&self) -> Result<Vec<u8>, String> {
        codec::encode(self)
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        codec::decode(bytes)
    }
}

/// A value that a workflow can return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the output of a workflow",
    label = "`{Self}` cannot be recorded",
    note = "a workflow's output is recorded, so that it can be read after a restart",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to `{Self}`, or return a type \
            that has both and is `Send + 'static`"
)]
pub trait OutputValue: Sized + Send + 'static {
    /// The bytes that are recorded, or why there are none.
    fn encode(&self) -> Result<Vec<u8>, String>;

    /// The value that was recorded, or why it is none of this type.
    fn decode(bytes: &[u8]) -> Result<Self, String>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> OutputValue for T {
    fn encode(&self) -> Result<Vec<u8>, String> {
        codec::encode(self)
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        codec::decode(bytes)
    }
}

/// A value that a workflow can be given.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an input of a workflow",
    label = "`{Self}` cannot be recorded",
    note = "inputs are recorded, so that a run can go on after a restart",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to `{Self}`; what cannot be \
            recorded, such as a client or a pool, is a resource: `#[resource] name: &{Self}`"
)]
pub trait InputValue: Serialize + DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> InputValue for T {}

/// The inputs of a workflow: a tuple of up to twelve.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the inputs of a workflow",
    label = "not a tuple of up to twelve inputs"
)]
pub trait Inputs: Sized + Send + 'static {
    /// The bytes that are recorded, or why there are none.
    fn encode(&self) -> Result<Vec<u8>, String>;

    /// The inputs that were recorded, or why they are none of these types.
    fn decode(bytes: &[u8]) -> Result<Self, String>;
}

impl Inputs for () {
    fn encode(&self) -> Result<Vec<u8>, String> {
        codec::encode::<[(); 0]>(&[])
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        codec::decode::<[(); 0]>(bytes).map(|[]| ())
    }
}

/// Implements [`Inputs`] for tuples.
macro_rules! inputs {
    ($(($($input:ident),+))+) => {$(
        impl<$($input: InputValue),+> Inputs for ($($input,)+) {
            fn encode(&self) -> Result<Vec<u8>, String> {
                codec::encode(self)
            }

            fn decode(bytes: &[u8]) -> Result<Self, String> {
                codec::decode(bytes)
            }
        }
    )+};
}

inputs! {
    (A)
    (A, B)
    (A, B, C)
    (A, B, C, D)
    (A, B, C, D, E)
    (A, B, C, D, E, F)
    (A, B, C, D, E, F, G)
    (A, B, C, D, E, F, G, H)
    (A, B, C, D, E, F, G, H, I)
    (A, B, C, D, E, F, G, H, I, J)
    (A, B, C, D, E, F, G, H, I, J, K)
    (A, B, C, D, E, F, G, H, I, J, K, L)
}
