//! What can happen in a run: one variant per event type, with the fields that are its own.

use std::fmt;
use std::str::FromStr;

/// Defines the struct of one event type. What names an operation stands among its other fields.
macro_rules! define_fields {
    (
        $(#[$doc:meta])*
        $variant:ident {
            $( $(#[$field_doc:meta])* $field:ident : $ty:ty, )*
        } {
            $( $(#[$optional_doc:meta])* $optional:ident : $optional_ty:ty, )*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $variant {
            $( $(#[$field_doc])* pub $field: $ty, )*
            $(
                $(#[$optional_doc])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $optional: Option<$optional_ty>,
            )*
        }
    };
    (
        $(#[$doc:meta])*
        $variant:ident identity {
            $( $(#[$field_doc:meta])* $field:ident : $ty:ty, )*
        } {
            $( $(#[$optional_doc:meta])* $optional:ident : $optional_ty:ty, )*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $variant {
            $( $(#[$field_doc])* pub $field: $ty, )*
            $(
                $(#[$optional_doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $optional: Option<$optional_ty>,
            )*
            /// Which operation, beside its name.
            #[serde(flatten)]
            pub identity: Identity,
        }

        impl<'de> Deserialize<'de> for $variant {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                // serde reads what is flattened through a buffer, and a replay reads every event:
                // here all fields are read where they stand.
                #[derive(Deserialize)]
                #[serde(rename_all = "camelCase")]
                struct Flat {
                    $( $field: $ty, )*
                    $( #[serde(default)] $optional: Option<$optional_ty>, )*
                    #[serde(default)]
                    key: Option<String>,
                    #[serde(default)]
                    ordinal: Option<u32>,
                    #[serde(default)]
                    path: Option<String>,
                }
                let Flat { $($field,)* $($optional,)* key, ordinal, path } =
                    Flat::deserialize(deserializer)?;
                let identity = Identity { key, ordinal, path };
                Ok(Self { $($field,)* $($optional,)* identity })
            }
        }
    };
}

/// Defines every event type once: its struct, its variant, its name on the wire.
macro_rules! define_events {
    ($(
        $(#[$doc:meta])*
        $variant:ident = $name:literal $($identity:ident)? {
            $( $(#[$field_doc:meta])* $field:ident : $ty:ty, )*
        } $(+ {
            $( $(#[$optional_doc:meta])* $optional:ident : $optional_ty:ty, )*
        })?
    )*) => {
        /// The own fields of each event type.
        pub mod events {
            use serde::{Deserialize, Deserializer, Serialize};
            use crate::{Captured, Timestamp};
            pub use super::shared::*;

            $(
                define_fields! {
                    $(#[$doc])*
                    $variant $($identity)? {
                        $( $(#[$field_doc])* $field: $ty, )*
                    } {
                        $($( $(#[$optional_doc])* $optional: $optional_ty, )*)?
                    }
                }

                impl From<$variant> for super::Event {
                    fn from(fields: $variant) -> Self {
                        Self::$variant(fields)
                    }
                }
            )*
        }

        /// One thing that happened in a run.
        ///
        /// An event is written once, in the commit that makes it true, and is never changed. Its
        /// envelope (ids, order, times) is [`LoggedEvent`](crate::LoggedEvent).
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Event {
            $( $(#[$doc])* $variant(events::$variant), )*
        }

        /// The type of an event: its name on the wire, such as `step.completed`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum EventType {
            $( $(#[$doc])* $variant, )*
        }

        impl EventType {
            /// Every type that this version writes.
            pub const ALL: &'static [Self] = &[$( Self::$variant, )*];

            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $name, )* }
            }

            fn named(name: &str) -> Option<Self> {
                match name {
                    $( $name => Some(Self::$variant), )*
                    _ => None,
                }
            }
        }

        impl Event {
            /// The event's type.
            pub const fn event_type(&self) -> EventType {
                match self { $( Self::$variant(_) => EventType::$variant, )* }
            }

            /// The event's own fields as a JSON object, as the log stores them.
            pub fn to_fields(&self) -> String {
                match self {
                    $( Self::$variant(fields) => serde_json::to_string(fields), )*
                }
                .expect("an event's fields are strings, numbers and lists of them")
            }

            /// The event that [`to_fields`](Self::to_fields) wrote.
            ///
            /// # Errors
            ///
            /// Where the text is no JSON object with this type's fields.
            pub fn from_fields(event_type: EventType, fields: &str) -> Result<Self, serde_json::Error> {
                match event_type {
                    $( EventType::$variant => serde_json::from_str(fields).map(Self::$variant), )*
                }
            }
        }
    };
}

define_events! {
    /// A run was accepted but waits: for its start time, or for a free slot.
    WorkflowQueued = "workflow.queued" {} + {
        /// The input, where values are captured.
        input: Captured,
        /// When the run is to start, where the start was delayed.
        start_at: Timestamp,
    }
    /// The first execution of a run began.
    WorkflowStarted = "workflow.started" {} + {
        /// The input, where values are captured.
        input: Captured,
    }
    /// The run waits, and no step is running.
    WorkflowPaused = "workflow.paused" {
        /// What it waits for.
        reason: PauseReason,
    } + {
        /// When it goes on at the latest.
        resume_at: Timestamp,
        /// The step that waits for its next attempt.
        step_name: String,
    }
    /// The run goes on: after a wait, a crash or a restart.
    WorkflowResumed = "workflow.resumed" {
        /// What made it go on.
        cause: ResumeCause,
    }
    /// The run returned a value. It is over.
    WorkflowCompleted = "workflow.completed" {
        /// The names of the completed steps, in order of completion.
        completed_steps: Vec<String>,
        /// From `workflow.started` to here, over all executions.
        duration_ms: u64,
    } + {
        /// The value that the run returned, where values are captured.
        output: Captured,
    }
    /// The run returned an error, or panicked. It is over.
    WorkflowFailed = "workflow.failed" {
        /// What went wrong.
        error: ErrorInfo,
        /// The names of the completed steps, in order of completion.
        completed_steps: Vec<String>,
    }
    /// The run was cancelled. It is over.
    WorkflowCancelled = "workflow.cancelled" {
        /// The names of the completed steps, in order of completion.
        completed_steps: Vec<String>,
    } + {
        /// The reason that the caller gave.
        reason: String,
    }
    /// The run cannot go on until somebody acts: its code no longer fits its log.
    WorkflowBlocked = "workflow.blocked" {
        /// Why, and what to do.
        reason: String,
    } + {
        /// The recorded result that replay came to.
        recorded: String,
        /// What the code asked for instead.
        attempted: String,
    }
    /// A step's attempt is about to run: durable before the step's code begins.
    StepStarted = "step.started" identity {
        /// The step's name.
        step_name: String,
        /// Which attempt, from 1.
        attempt: u32,
        /// `file:line` of the step.
        site: String,
    }
    /// A step's attempt returned a value, which is now recorded.
    StepCompleted = "step.completed" identity {
        /// The step's name.
        step_name: String,
        /// Which attempt, from 1.
        attempt: u32,
        /// How long this attempt took.
        duration_ms: u64,
        /// Always `false`: a replay writes no events.
        cached: bool,
        /// Since the first attempt began.
        total_ms: u64,
    } + {
        /// The value that the step returned, where values are captured.
        output: Captured,
    }
    /// A step's attempt did not succeed: error, panic, timeout, or a value that cannot be encoded.
    StepFailed = "step.failed" identity {
        /// The step's name.
        step_name: String,
        /// Which attempt, from 1.
        attempt: u32,
        /// What went wrong.
        error: ErrorInfo,
        /// Whether another attempt follows.
        will_retry: bool,
    }
    /// The next attempt of a step has its instant.
    RetryScheduled = "retry.scheduled" identity {
        /// The step's name.
        step_name: String,
        /// The attempt that failed.
        attempt: u32,
        /// When the next one begins.
        next_attempt_at: Timestamp,
        /// From the end of the failed attempt to the next one.
        delay_ms: u64,
    }
    /// A step was retried and failed for good.
    RetryExhausted = "retry.exhausted" identity {
        /// The step's name.
        step_name: String,
        /// Executions that failed.
        attempts: u32,
    }
    /// A sleep began.
    SleepStarted = "sleep.started" identity {
        /// The sleep's name.
        name: String,
        /// How long it was asked to be.
        duration_ms: u64,
        /// When it ends.
        resume_at: Timestamp,
    }
    /// A sleep ended.
    SleepCompleted = "sleep.completed" identity {
        /// The sleep's name.
        name: String,
        /// How long it was asked to be.
        duration_ms: u64,
    }
    /// An attempt has a deadline.
    TimeoutSet = "timeout.set" identity {
        /// The step's name.
        step_name: String,
        /// Which attempt, from 1.
        attempt: u32,
        /// When it ends, estimated when the attempt was asked for.
        deadline: Timestamp,
        /// How long the attempt may take from the moment its code starts.
        timeout_ms: u64,
    }
    /// An attempt was still running at its deadline and was dropped.
    TimeoutExceeded = "timeout.exceeded" identity {
        /// The step's name.
        step_name: String,
        /// Which attempt, from 1.
        attempt: u32,
        /// How long the attempt was allowed to take.
        timeout_ms: u64,
    }
    /// The run asked for a signal.
    SignalAwaited = "signal.awaited" identity {
        /// The signal's name.
        name: String,
    } + {
        /// When the wait gives up.
        deadline: Timestamp,
        /// The name under which the signal is sent, where it is another one.
        signal: String,
    }
    /// The run took a signal.
    SignalReceived = "signal.received" identity {
        /// The signal's name.
        name: String,
    } + {
        /// What came with the signal, where values are captured.
        payload: Captured,
    }
    /// The deadline of a wait for a signal passed first.
    SignalExpired = "signal.expired" identity {
        /// The signal's name.
        name: String,
    }
    /// A value that differs from call to call was taken once and recorded.
    ValueRecorded = "value.recorded" identity {
        /// The value's name.
        name: String,
    }
    /// A child run was started.
    ChildStarted = "child.started" identity {
        /// The operation's name.
        name: String,
        /// The child's run id.
        child_run_id: String,
        /// The child's workflow.
        child_workflow: String,
    }
    /// A child run returned a value.
    ChildCompleted = "child.completed" identity {
        /// The operation's name.
        name: String,
        /// The child's run id.
        child_run_id: String,
        /// The child's workflow.
        child_workflow: String,
    }
    /// A child run failed or was cancelled.
    ChildFailed = "child.failed" identity {
        /// The operation's name.
        name: String,
        /// The child's run id.
        child_run_id: String,
        /// The child's workflow.
        child_workflow: String,
    } + {
        /// What went wrong.
        error: ErrorInfo,
    }
    /// Reserved: the run goes on as another run.
    WorkflowContinued = "workflow.continued" {
        /// The run that goes on.
        next_run_id: String,
    }
}

impl Event {
    /// Whether its own fields hold a value of the user's.
    pub const fn shows_value(&self) -> bool {
        match self {
            Self::WorkflowQueued(event) => event.input.is_some(),
            Self::WorkflowStarted(event) => event.input.is_some(),
            Self::WorkflowCompleted(event) => event.output.is_some(),
            Self::StepCompleted(event) => event.output.is_some(),
            Self::SignalReceived(event) => event.payload.is_some(),
            Self::WorkflowPaused(_)
            | Self::WorkflowResumed(_)
            | Self::WorkflowFailed(_)
            | Self::WorkflowCancelled(_)
            | Self::WorkflowBlocked(_)
            | Self::StepStarted(_)
            | Self::StepFailed(_)
            | Self::RetryScheduled(_)
            | Self::RetryExhausted(_)
            | Self::SleepStarted(_)
            | Self::SleepCompleted(_)
            | Self::TimeoutSet(_)
            | Self::TimeoutExceeded(_)
            | Self::SignalAwaited(_)
            | Self::SignalExpired(_)
            | Self::ValueRecorded(_)
            | Self::ChildStarted(_)
            | Self::ChildCompleted(_)
            | Self::ChildFailed(_)
            | Self::WorkflowContinued(_) => false,
        }
    }
}

/// What several event types share.
mod shared {
    use serde::{Deserialize, Serialize};

    /// What tells an operation apart from others of its name.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    pub struct Identity {
        /// The key that the code gave it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub key: Option<String>,
        /// Which repeat of this path, name and key; from 2.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub ordinal: Option<u32>,
        /// The parts around it, such as `invoices[42]/`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub path: Option<String>,
    }

    /// Why a run pauses.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    #[non_exhaustive]
    pub enum PauseReason {
        /// A durable sleep.
        #[default]
        Sleep,
        /// The time until a step's next attempt.
        Retry,
        /// A signal that has not come.
        Signal,
        /// A child run that has not ended.
        Child,
    }

    /// Why a run goes on.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    #[non_exhaustive]
    pub enum ResumeCause {
        /// A durable sleep ended.
        #[default]
        Sleep,
        /// A step's next attempt is due.
        Retry,
        /// A signal came.
        Signal,
        /// A child run ended.
        Child,
        /// The process that drove the run died.
        Crash,
        /// The engine that drove the run was shut down.
        Restart,
        /// Somebody released a blocked run.
        Released,
    }

    /// The kind of an error.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    #[non_exhaustive]
    pub enum ErrorKind {
        /// The code returned an error.
        #[default]
        Error,
        /// The code panicked.
        Panic,
        /// The attempt was still running at its deadline.
        Timeout,
        /// A value could not be encoded, or a recorded one not decoded.
        Encoding,
        /// The run's process died too often while it drove the run.
        CrashLoop,
        /// A child run was cancelled.
        Cancelled,
    }

    /// An error as events carry it.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct ErrorInfo {
        /// What went wrong, in the error's own words.
        pub message: String,
        /// Where it went wrong, as text, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub stack: Option<String>,
        /// The step that the error came from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub step_name: Option<String>,
        /// The attempt that the error came from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub attempt: Option<u32>,
        /// The kind of error.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub kind: Option<ErrorKind>,
        /// The name of the error's type.
        #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
        pub type_name: Option<String>,
        /// The messages of the errors that caused it, nearest first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub chain: Vec<String>,
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A name that is no event type of this version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownEventType {
    name: String,
}

impl fmt::Display for UnknownEventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no event type that this version knows; a newer version wrote it",
            self.name
        )
    }
}

impl std::error::Error for UnknownEventType {}

impl FromStr for EventType {
    type Err = UnknownEventType;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::named(name).ok_or_else(|| UnknownEventType {
            name: name.to_owned(),
        })
    }
}
