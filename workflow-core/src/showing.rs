//! What the events of a run show of its values and its errors.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use workflow_tracker::events::ErrorInfo;
use workflow_tracker::{Audience, Captured, Redaction};

use crate::error::{Failure, panic_message};
use crate::sensitive;
use crate::spec::Spec;

/// What the events of one run show.
#[derive(Clone, Debug)]
pub(crate) struct Showing {
    /// To whom values are shown; `None`: to nobody, and none is encoded.
    audience: Option<Audience>,
    /// A tracker asks for all values.
    full: bool,
    rules: Arc<Redaction>,
}

/// A value as the journal keeps it, and as events show it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Value {
    pub(crate) bytes: Vec<u8>,
    pub(crate) shown: Option<Captured>,
}

impl Value {
    /// A value that no event shows.
    #[cfg(test)]
    pub(crate) const fn unseen(bytes: Vec<u8>) -> Self {
        Self { bytes, shown: None }
    }
}

impl Default for Showing {
    /// No values, and texts by the rules that are the default. These are made once: they take as
    /// long as a step.
    fn default() -> Self {
        static RULES: LazyLock<Arc<Redaction>> = LazyLock::new(Arc::default);
        Self::of_unknown(Arc::clone(&RULES))
    }
}

impl Showing {
    /// What the events of a run of this workflow show; `full`: a tracker asks for all values.
    pub(crate) const fn of(spec: &Spec, full: bool, rules: Arc<Redaction>) -> Self {
        let audience = match (spec.capture_full, full) {
            (true, _) => Some(Audience::All),
            (false, true) => Some(Audience::Full),
            (false, false) => None,
        };
        Self {
            audience,
            full,
            rules,
        }
    }

    /// What the events of a run of another workflow show.
    pub(crate) fn of_another(&self, spec: &Spec) -> Self {
        Self::of(spec, self.full, Arc::clone(&self.rules))
    }

    /// The same without values, whatever the workflow.
    pub(crate) const fn of_unknown(rules: Arc<Redaction>) -> Self {
        Self {
            audience: None,
            full: false,
            rules,
        }
    }

    /// To whom the values of this run are shown.
    pub(crate) fn audience(&self) -> Audience {
        self.audience.unwrap_or_default()
    }

    /// A value as events show it, if they do; only then it is encoded, without what is sensitive.
    pub(crate) fn value(&self, encode: impl Fn() -> Result<Vec<u8>, String>) -> Option<Captured> {
        self.shown(&encode)
    }

    /// The same without the closure's type, of which there is one for each workflow.
    fn shown(&self, encode: &dyn Fn() -> Result<Vec<u8>, String>) -> Option<Captured> {
        self.audience?;
        // Encoding runs the user's code. The journal has its value already, so a panic is shown
        // and changes nothing.
        let encode = AssertUnwindSafe(|| sensitive::hidden(encode));
        let encoded = catch_unwind(encode).unwrap_or_else(|panic| {
            let message = panic_message(&*panic);
            Err(format!("encoding it panicked: {message}"))
        });
        let json = encoded.and_then(|bytes| String::from_utf8(bytes).map_err(|e| e.to_string()));
        match json {
            Ok(json) => self.rules.value(&json),
            Err(why) => Some(self.rules.unserializable(&why)),
        }
    }

    /// A text as events show it.
    pub(crate) fn text(&self, text: &str) -> String {
        self.rules.bounded_text(text)
    }

    /// A failure as events show it, and whether that is all there is to it.
    pub(crate) fn failure(&self, failure: &Failure) -> (ErrorInfo, Whole) {
        let whole = failure.info();
        let shown = self.rules.error(&whole);
        let whole = if shown == whole {
            Whole::Shown
        } else {
            Whole::Kept(Box::new(whole))
        };
        (shown, whole)
    }
}

/// Whether an event shows an error as it is; otherwise the journal keeps it beside the event.
#[derive(Debug)]
pub(crate) enum Whole {
    Shown,
    Kept(Box<ErrorInfo>),
}
