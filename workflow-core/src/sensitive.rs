//! A value that the journal keeps and no event shows.

use std::cell::Cell;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

thread_local! {
    /// Whether what is being encoded on this thread is for an event.
    static HIDDEN: Cell<bool> = const { Cell::new(false) };
}

/// What events and `Debug` output show in its place.
const REDACTED: &str = "[redacted]";

/// A value that no event shows, whatever is captured.
///
/// In the journal it is the value itself, so that a replay has it; in events it is the string
/// `"[redacted]"`, and in `Debug` output too. It has no `Display`, so it does not slip into the
/// text of an error. What is sent with it over the network is up to the code that takes it out.
///
/// ```
/// use workflow_core::Sensitive;
/// use workflow_core::prelude::*;
///
/// #[workflow(capture = "full")]
/// async fn charge(order: String, card: Sensitive<String>) -> Result<()> {
///     step!("charge", pay(&order, &card)).await?; // `input` in events: ["order-1","[redacted]"]
///     Ok(())
/// }
/// # async fn pay(_: &str, card: &Sensitive<String>) -> Result<()> {
/// #     let _: &String = card.expose();
/// #     Ok(())
/// # }
/// assert_eq!(format!("{:?}", Sensitive::new("4242")), "Sensitive([redacted])");
/// ```
///
/// A type with `#[serde(flatten)]` on a `Sensitive` field cannot be encoded for events, because a
/// string has no fields: such a value is shown as `{"$unserializable":"why"}`.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sensitive<T>(T);

impl<T> Sensitive<T> {
    /// Marks a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// Takes the value out.
    pub fn into_exposed(self) -> T {
        self.0
    }
}

impl<T> From<T> for Sensitive<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sensitive({REDACTED})")
    }
}

impl<T: Serialize> Serialize for Sensitive<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if is_hidden() {
            serializer.serialize_str(REDACTED)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Sensitive<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

/// Whether sensitive values are hidden from what is being encoded on this thread.
pub(crate) fn is_hidden() -> bool {
    HIDDEN.get()
}

/// Encodes with sensitive values hidden.
pub(crate) fn hidden<R>(encode: impl FnOnce() -> R) -> R {
    /// Puts the former state back, also when `encode` panics.
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            HIDDEN.set(self.0);
        }
    }
    let _restore = Restore(HIDDEN.replace(true));
    encode()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Login {
        user: String,
        code: Sensitive<u32>,
        all: Vec<Sensitive<(u8, u8)>>,
    }

    fn json(login: &Login) -> String {
        serde_json::to_string(login).expect("it is JSON")
    }

    #[test]
    fn it_is_itself_in_the_journal_and_hidden_in_events() {
        let login = Login {
            user: "me".to_owned(),
            code: 4242.into(),
            all: vec![Sensitive::new((1, 2))],
        };
        let whole = r#"{"user":"me","code":4242,"all":[[1,2]]}"#;
        assert_eq!(json(&login), whole);
        assert_eq!(serde_json::from_str::<Login>(whole).ok(), Some(login));
        let login: Login = serde_json::from_str(whole).expect("the same");
        assert_eq!(
            hidden(|| json(&login)),
            r#"{"user":"me","code":"[redacted]","all":["[redacted]"]}"#
        );
        assert!(!format!("{login:?}").contains("4242"));
    }

    #[test]
    fn a_panic_while_encoding_leaves_nothing_hidden() {
        let panicked = std::panic::catch_unwind(|| hidden(|| panic!("in the middle")));
        assert!(panicked.is_err());
        assert!(!is_hidden());
    }
}
