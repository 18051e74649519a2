//! An operation with its options, before it is named.
#![expect(
    clippy::inline_always,
    reason = "what is generic over a step or a workflow is compiled with the user's own module"
)]

use std::fmt::Display;
use std::time::{Duration, SystemTime};

use workflow_tracker::Timestamp;

use super::attempt::Running;
use super::part::IntoPart;
use crate::retry::{IntoDuration as _, Retry};
use crate::scope::{
    Attempts, Call, Child, InPart, Output, OutputValue, Scope, Site, Sleep, Step, StepOptions,
    StepValue, Take, Value, Wait, WaitOptions, Wake,
};

/// What an operation was given so far.
#[derive(Debug)]
pub struct Options<'a, 'run> {
    scope: &'a Scope<'run>,
    site: Site,
    key: Option<String>,
    step: StepOptions,
    signal: Option<String>,
}

/// An operation without options.
pub fn operation<'a, 'run>(
    scope: &'a Scope<'run>,
    name: &'static str,
    file: &'static str,
    line: u32,
) -> Options<'a, 'run> {
    Options {
        scope,
        site: Site { name, file, line },
        key: None,
        step: StepOptions::default(),
        signal: None,
    }
}

impl<'a> Options<'a, '_> {
    /// `key = ..`
    #[must_use]
    pub fn key<K: Key + ?Sized>(mut self, key: &K) -> Self {
        self.key = Some(key.text());
        self
    }

    /// `retry = ..`
    #[must_use]
    pub fn retry<P: Policy>(mut self, policy: P) -> Self {
        self.step.retry = Some(policy.into_retry());
        self
    }

    /// `timeout = ..`
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.step.timeout = Some(timeout);
        self
    }

    /// The step.
    //
    // The compiler shows the line of the bound to whoever moves a variable into a body.
    #[inline(always)]
    pub fn step<T, F>(self, attempt: F) -> Step<'a, T>
    where
        T: StepValue,
        F: FnMut() -> Running<'a, T> + Send + 'a, // a body borrows; to give it a variable: step!("..", move ..)
    {
        self.boxed_step(Box::new(attempt))
    }

    /// The same without the closure's type, of which there is one for each step.
    fn boxed_step<T: StepValue>(self, attempts: Box<dyn Attempts<'a, T> + 'a>) -> Step<'a, T> {
        let scope = self.scope;
        scope.boxed_step(self.site, self.key, self.step, attempts)
    }

    /// The sleep.
    pub fn sleep(self, wake: impl Into<Wake>) -> Sleep<'a> {
        self.scope.sleep(self.site, self.key, wake.into())
    }

    /// `signal = ..`
    #[must_use]
    pub fn signal<K: Key + ?Sized>(mut self, signal: &K) -> Self {
        self.signal = Some(signal.text());
        self
    }

    /// The wait.
    pub fn wait<T: Receivable>(self) -> Wait<'a, T> {
        let signal = self.signal.unwrap_or_else(|| self.site.name.to_owned());
        let timeout = self.step.timeout;
        let options = WaitOptions { signal, timeout };
        T::wait(self.scope, self.site, self.key, options)
    }

    /// The child.
    pub fn child<C, T>(self, call: C) -> Child<'a, T>
    where
        C: Call<Output: Output<Value = T>> + 'a,
        T: OutputValue,
    {
        self.scope.child(self.site, self.key, call)
    }

    /// The part.
    pub fn part<O, P: IntoPart<'a, O>>(self, part: P) -> InPart<'a, O> {
        part.in_part(self.scope, self.site, self.key)
    }

    /// The value. `Fn`, although it is called once: what it uses it borrows and does not change.
    #[inline(always)]
    pub fn value<T: Recordable, F>(self, take: F) -> Value<'a, T>
    where
        F: Fn() -> T + Send + 'a, // the expression borrows what it uses: clone what it would consume
    {
        T::value(self.scope, self.site, self.key, Box::new(take))
    }
}

/// What can come with a signal.
///
/// A trait of its own over [`StepValue`], whose message speaks of steps.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot come with a signal",
    label = "`{Self}` cannot be recorded",
    note = "what comes is recorded, and a replay reads it again, so it implements \
            `serde::Serialize` and `serde::Deserialize`"
)]
pub trait Receivable: Sized {
    /// The wait of a scope.
    fn wait<'a>(
        scope: &'a Scope<'_>,
        site: Site,
        key: Option<String>,
        options: WaitOptions,
    ) -> Wait<'a, Self>;
}

#[diagnostic::do_not_recommend]
impl<T: StepValue> Receivable for T {
    fn wait<'a>(
        scope: &'a Scope<'_>,
        site: Site,
        key: Option<String>,
        options: WaitOptions,
    ) -> Wait<'a, Self> {
        scope.wait(site, key, options)
    }
}

/// What `value!` can record.
///
/// A trait of its own over [`StepValue`], whose message speaks of steps.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be recorded by `value!`",
    label = "`{Self}` cannot be recorded",
    note = "a replay reads the value that was recorded instead of taking it again, so it \
            implements `serde::Serialize` and `serde::Deserialize`",
    note = "take what you need of it, such as a number, a text or a `std::time::SystemTime`; what \
            has to be awaited is a `step!`"
)]
pub trait Recordable: Sized {
    /// The value of a scope.
    fn value<'a>(
        scope: &'a Scope<'_>,
        site: Site,
        key: Option<String>,
        take: Box<Take<'a, Self>>,
    ) -> Value<'a, Self>;
}

#[diagnostic::do_not_recommend]
impl<T: StepValue> Recordable for T {
    fn value<'a>(
        scope: &'a Scope<'_>,
        site: Site,
        key: Option<String>,
        take: Box<Take<'a, Self>>,
    ) -> Value<'a, Self> {
        scope.boxed_value(site, key, take)
    }
}

/// What can name one of many.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key",
    label = "cannot be written as text",
    note = "a key is recorded as text: use an id, a name or a number, anything that implements \
            `Display` and is the same on every replay"
)]
pub trait Key {
    /// The key as text.
    fn text(&self) -> String;
}

#[diagnostic::do_not_recommend]
impl<T: Display + ?Sized> Key for T {
    fn text(&self) -> String {
        self.to_string()
    }
}

/// A retry policy.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a retry policy",
    label = "not a `Retry`",
    note = "write `retry = Retry::exponential(\"1s\").times(3)`, or one of `Retry::standard()`, \
            `Retry::patient()`, `Retry::aggressive()`, `Retry::simple()`"
)]
pub trait Policy {
    /// The policy.
    fn into_retry(self) -> Retry;
}

impl Policy for Retry {
    fn into_retry(self) -> Retry {
        self
    }
}

impl Policy for &Retry {
    fn into_retry(self) -> Retry {
        self.clone()
    }
}

/// A length of time that is no literal.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a length of time",
    label = "not a `Duration`",
    note = "write it as a literal, such as \"30s\", \"1 day\" or \"2h 30m\", which the compiler \
            checks, or give a `std::time::Duration`; `workflow_core::duration` reads a text"
)]
pub trait Length {
    /// The duration.
    fn into_length(self) -> Duration;
}

impl Length for Duration {
    fn into_length(self) -> Duration {
        self
    }
}

/// An instant.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an instant",
    label = "not a `SystemTime`",
    note = "`until` takes a `std::time::SystemTime` or a `workflow_core::Timestamp`"
)]
pub trait Instant {
    /// The instant.
    fn into_instant(self) -> Timestamp;
}

impl Instant for SystemTime {
    fn into_instant(self) -> Timestamp {
        self.into()
    }
}

impl Instant for Timestamp {
    fn into_instant(self) -> Timestamp {
        self
    }
}

/// A length of time as a value.
pub fn after<L: Length>(length: L) -> Duration {
    length.into_length()
}

/// A length of time as a literal, which the macro has checked.
pub fn literal(text: &'static str) -> Duration {
    text.into_duration()
}

/// An instant as a value.
pub fn until<I: Instant>(instant: I) -> Timestamp {
    instant.into_instant()
}
