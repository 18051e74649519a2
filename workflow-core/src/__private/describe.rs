//! How an error of the user's code is described: by the best of the traits that it has.
//!
//! The expansion asks for a tag on `&&&&&Tag::of(&error)`. Method lookup takes the first level that
//! applies and removes one `&` for each that does not, so the choice is made where the type is
//! known, and the runtime is not generic over errors.
#![expect(
    clippy::unused_self,
    reason = "a tag is found as a value and says all by its type"
)]

use std::any::type_name;
use std::error::Error as StdError;
use std::fmt::Display;
use std::marker::PhantomData;

use serde::Serialize;
use serde_json::Value;
use workflow_tracker::events::ErrorKind;

use super::attempt::PollBody;
use crate::error::Failure;

/// The type of an error, whose traits are asked for.
#[derive(Debug)]
pub struct Tag<E>(PhantomData<fn(&E)>);

impl<E> Tag<E> {
    /// The type of this error.
    pub const fn of(_error: &E) -> Self {
        Self(PhantomData)
    }

    /// The type of the error of a body that is polled like this.
    pub const fn of_body<F, T>(_poll: &PollBody<F, T, E>) -> Self {
        Self(PhantomData)
    }
}

/// How an error is read as data, where it can be.
type ReadData<E> = fn(&E) -> Option<Value>;

/// How errors of one type are described. There is one for each type and not for each step, which
/// would be compiled again and again.
#[derive(Debug)]
pub struct Describer<E> {
    data: ReadData<E>,
    describe: fn(E, Option<Value>) -> Failure,
}

impl<E> Describer<E> {
    /// The description of an error.
    pub fn describe(&self, error: E) -> Failure {
        let data = (self.data)(&error);
        (self.describe)(error, data)
    }
}

/// An error that a failure can be described by.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a step or a workflow",
    label = "`{Self}` cannot be described",
    note = "a failure is recorded and shown, so its error must be readable: implement \
            `std::error::Error` or `std::fmt::Display` for `{Self}`"
)]
pub trait Describe {
    /// The message.
    fn message(&self) -> String;
}

#[diagnostic::do_not_recommend]
impl<E: Display> Describe for E {
    fn message(&self) -> String {
        self.to_string()
    }
}

/// The traits that find the tags; the expansion imports them all.
pub mod tags {
    use super::{
        AsPlainError, AsSharedError, ByDisplay, IntoBoxed, IsError, ReadData, Serialize, StdError,
        Tag,
    };

    /// `anyhow::Error`, `workflow_core::Error`, `Box<dyn Error + Send + Sync>`.
    pub trait AsShared {
        /// The tag.
        fn tag(&self) -> AsSharedError {
            AsSharedError
        }
    }
    impl<E: AsRef<dyn StdError + Send + Sync>> AsShared for &&&&Tag<E> {}

    /// `Box<dyn Error>`.
    pub trait AsPlain {
        /// The tag.
        fn tag(&self) -> AsPlainError {
            AsPlainError
        }
    }
    impl<E: AsRef<dyn StdError>> AsPlain for &&&Tag<E> {}

    /// Every error type.
    pub trait Is {
        /// The tag.
        fn tag(&self) -> IsError {
            IsError
        }
    }
    impl<E: StdError + 'static> Is for &&Tag<E> {}

    /// `String`, `&str`, and what else becomes an error.
    pub trait Into_ {
        /// The tag.
        fn tag(&self) -> IntoBoxed {
            IntoBoxed
        }
    }
    impl<E: Into<Box<dyn StdError + Send + Sync>>> Into_ for &Tag<E> {}

    /// Everything: the bound is on `ByDisplay::describe`, so that an error without any of the
    /// traits is reported in words and not as a missing method.
    pub trait Else {
        /// The tag.
        fn tag(&self) -> ByDisplay {
            ByDisplay
        }
    }
    impl<E> Else for Tag<E> {}

    /// An error that is serialisable.
    pub trait WithData<E> {
        /// As data.
        fn data(&self) -> ReadData<E>;
    }
    impl<E: Serialize> WithData<E> for &Tag<E> {
        fn data(&self) -> ReadData<E> {
            |error| serde_json::to_value(error).ok()
        }
    }

    /// An error that is not.
    pub trait WithoutData<E> {
        /// Nothing.
        fn data(&self) -> ReadData<E> {
            |_| None
        }
    }
    impl<E> WithoutData<E> for Tag<E> {}
}

/// The error lends itself as a `dyn Error + Send + Sync`.
#[derive(Debug)]
pub struct AsSharedError;

impl AsSharedError {
    /// How it is described.
    pub fn describe<E>(self, data: ReadData<E>) -> Describer<E>
    where
        E: AsRef<dyn StdError + Send + Sync>,
    {
        let describe = |error: E, data| of_error::<E>(error.as_ref(), data);
        Describer { data, describe }
    }
}

/// The error lends itself as a `dyn Error`.
#[derive(Debug)]
pub struct AsPlainError;

impl AsPlainError {
    /// How it is described.
    pub fn describe<E: AsRef<dyn StdError>>(self, data: ReadData<E>) -> Describer<E> {
        let describe = |error: E, data| of_error::<E>(error.as_ref(), data);
        Describer { data, describe }
    }
}

/// The error is one.
#[derive(Debug)]
pub struct IsError;

impl IsError {
    /// How it is described.
    pub fn describe<E: StdError + 'static>(self, data: ReadData<E>) -> Describer<E> {
        let describe = |error: E, data| of_error::<E>(&error, data);
        Describer { data, describe }
    }
}

/// The error becomes one.
#[derive(Debug)]
pub struct IntoBoxed;

impl IntoBoxed {
    /// How it is described.
    pub fn describe<E>(self, data: ReadData<E>) -> Describer<E>
    where
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let describe = |error: E, data| of_error::<E>(&*error.into(), data);
        Describer { data, describe }
    }
}

/// The error can at least be shown, or is reported.
#[derive(Debug)]
pub struct ByDisplay;

impl ByDisplay {
    /// How it is described.
    pub fn describe<E: Describe>(self, data: ReadData<E>) -> Describer<E> {
        let describe = |error: E, data| {
            let mut failure = Failure::new(ErrorKind::Error, error.message());
            failure.type_name = Some(type_name::<E>().to_owned());
            failure.data = data;
            failure
        };
        Describer { data, describe }
    }
}

fn of_error<E>(error: &(dyn StdError + 'static), data: Option<Value>) -> Failure {
    let mut failure = Failure::of_error(error, type_name::<E>());
    failure.data = data;
    failure
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;
    use crate::error::StepError;

    /// What describing an error gives: message, chain, data, and the step it came from.
    macro_rules! described {
        ($error:expr) => {{
            let error = $error;
            let failure = crate::__describe!(error);
            let data = failure.data.map(|data| data.to_string());
            (failure.message, failure.chain, data, failure.step)
        }};
    }

    fn text(text: &str) -> String {
        text.to_owned()
    }

    fn step_error() -> StepError {
        let failure = Failure::new(ErrorKind::Error, "no funds");
        StepError::new("charge", 2, Vec::new(), failure)
    }

    /// An error with a cause.
    #[derive(Debug)]
    struct Caused(StepError);

    impl fmt::Display for Caused {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("caused")
        }
    }

    impl StdError for Caused {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(&self.0)
        }
    }

    /// Like other catch-all errors: lends itself as an error and is none.
    struct Lends(Caused);

    impl AsRef<dyn StdError + Send + Sync> for Lends {
        fn as_ref(&self) -> &(dyn StdError + Send + Sync + 'static) {
            &self.0
        }
    }

    /// Can be shown and recorded.
    #[derive(Serialize)]
    struct Shown(u8);

    impl fmt::Display for Shown {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "shown {}", self.0)
        }
    }

    #[test]
    fn errors_keep_their_chain_and_the_step_in_it() {
        let step = Some((text("charge"), 2));
        let cause = vec![text("step `charge` failed: no funds")];
        let expected = (text("caused"), cause, None, step);
        assert_eq!(described!(Caused(step_error())), expected);
        assert_eq!(described!(Lends(Caused(step_error()))), expected);
        assert_eq!(
            described!(crate::Error::from(Caused(step_error()))),
            expected
        );
        let shared: Box<dyn StdError + Send + Sync> = Box::new(Caused(step_error()));
        assert_eq!(described!(shared), expected);
        let plain: Box<dyn StdError> = Box::new(Caused(step_error()));
        assert_eq!(described!(plain), expected);
    }

    #[test]
    fn texts_and_what_can_be_shown_are_their_message() {
        let data = Some(text("\"no\""));
        assert_eq!(described!("no"), (text("no"), vec![], data.clone(), None));
        assert_eq!(described!(text("no")), (text("no"), vec![], data, None));
        let data = Some(text("3"));
        assert_eq!(described!(Shown(3)), (text("shown 3"), vec![], data, None));
    }

    #[test]
    fn the_type_of_an_error_has_its_name() {
        let error = Shown(3);
        let failure = crate::__describe!(error);
        let name = failure.type_name.expect("a name");
        assert!(name.ends_with("::Shown"), "{name}");
    }
}
