//! One event of every type with all its fields, and one with those that are never left out.

use uuid::Uuid;
use workflow_tracker::events::{
    ChildCompleted, ChildFailed, ChildStarted, ErrorInfo, ErrorKind, Identity, PauseReason,
    ResumeCause, RetryExhausted, RetryScheduled, SignalAwaited, SignalExpired, SignalReceived,
    SleepCompleted, SleepStarted, StepCompleted, StepFailed, StepStarted, TimeoutExceeded,
    TimeoutSet, ValueRecorded, WorkflowBlocked, WorkflowCancelled, WorkflowCompleted,
    WorkflowContinued, WorkflowFailed, WorkflowPaused, WorkflowQueued, WorkflowResumed,
    WorkflowStarted,
};
use workflow_tracker::{
    Audience, Captured, Event, Form, LoggedEvent, Origin, Redaction, Timestamp,
};

/// 2026-03-01T12:00:00Z.
const NOON: u64 = 1_772_366_400_000;

fn after_ms(millis: u64) -> Timestamp {
    Timestamp::from_millis(NOON + millis)
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn value(json: &str) -> Option<Captured> {
    Redaction::default().value(json)
}

fn identity() -> Identity {
    Identity {
        key: Some(text("42")),
        ordinal: Some(2),
        path: Some(text("invoices[42]/")),
    }
}

fn error() -> ErrorInfo {
    ErrorInfo {
        message: text("the bank refused the card"),
        stack: Some(text("bank::charge at src/bank.rs:88")),
        step_name: None,
        attempt: None,
        kind: Some(ErrorKind::Error),
        type_name: Some(text("shop::bank::Refused")),
        chain: vec![text("connection reset by peer")],
    }
}

fn run_error() -> ErrorInfo {
    ErrorInfo {
        step_name: Some(text("charge")),
        attempt: Some(3),
        ..error()
    }
}

fn steps() -> Vec<String> {
    vec![text("reserve"), text("charge")]
}

/// Every type with all its fields. A field that is new is one that is missing here.
pub(crate) fn full() -> Vec<Event> {
    let mut events = of_workflows();
    events.extend(of_steps());
    events.extend(of_other_operations());
    events
}

fn of_workflows() -> Vec<Event> {
    vec![
        WorkflowQueued {
            input: value(r#"["lamp",2]"#),
            start_at: Some(after_ms(60_000)),
        }
        .into(),
        WorkflowStarted {
            input: value(r#"["lamp",2]"#),
        }
        .into(),
        WorkflowPaused {
            reason: PauseReason::Retry,
            resume_at: Some(after_ms(2_000)),
            step_name: Some(text("charge")),
        }
        .into(),
        WorkflowResumed {
            cause: ResumeCause::Retry,
        }
        .into(),
        WorkflowCompleted {
            completed_steps: steps(),
            duration_ms: 2_310,
            output: value(r#"{"parcel":"P-7"}"#),
        }
        .into(),
        WorkflowFailed {
            error: run_error(),
            completed_steps: steps(),
        }
        .into(),
        WorkflowCancelled {
            completed_steps: steps(),
            reason: Some(text("the customer changed their mind")),
        }
        .into(),
        WorkflowBlocked {
            reason: text("the log goes on with step `charge`, but the code asks for step `pay`"),
            recorded: Some(text("step `charge` (seq 4)")),
            attempted: Some(text("step `pay` at src/shop.rs:20")),
        }
        .into(),
    ]
}

fn of_steps() -> Vec<Event> {
    vec![
        StepStarted {
            step_name: text("charge"),
            attempt: 2,
            site: text("src/shop.rs:19"),
            identity: identity(),
        }
        .into(),
        StepCompleted {
            step_name: text("charge"),
            attempt: 2,
            duration_ms: 184,
            cached: false,
            total_ms: 2_290,
            output: value(r#"{"payment":"C-1042","card":"[redacted]"}"#),
            identity: identity(),
        }
        .into(),
        StepFailed {
            step_name: text("charge"),
            attempt: 1,
            error: error(),
            will_retry: true,
            identity: identity(),
        }
        .into(),
        RetryScheduled {
            step_name: text("charge"),
            attempt: 1,
            next_attempt_at: after_ms(2_000),
            delay_ms: 1_890,
            identity: identity(),
        }
        .into(),
        RetryExhausted {
            step_name: text("charge"),
            attempts: 3,
            identity: identity(),
        }
        .into(),
    ]
}

fn of_other_operations() -> Vec<Event> {
    let child = || (text("bill"), text(CHILD), text("billing"));
    let (started, completed, failed) = (child(), child(), child());
    vec![
        SleepStarted {
            name: text("cooling-off"),
            duration_ms: 86_400_000,
            resume_at: after_ms(86_400_000),
            identity: identity(),
        }
        .into(),
        SleepCompleted {
            name: text("cooling-off"),
            duration_ms: 86_400_000,
            identity: identity(),
        }
        .into(),
        TimeoutSet {
            step_name: text("charge"),
            attempt: 2,
            deadline: after_ms(30_000),
            timeout_ms: 30_000,
            identity: identity(),
        }
        .into(),
        TimeoutExceeded {
            step_name: text("charge"),
            attempt: 2,
            timeout_ms: 30_000,
            identity: identity(),
        }
        .into(),
        SignalAwaited {
            name: text("approval"),
            deadline: Some(after_ms(3_600_000)),
            signal: Some(text("approved")),
            identity: identity(),
        }
        .into(),
        SignalReceived {
            name: text("approval"),
            payload: value(r#"{"by":"ada"}"#),
            identity: identity(),
        }
        .into(),
        SignalExpired {
            name: text("approval"),
            identity: identity(),
        }
        .into(),
        ValueRecorded {
            name: text("today"),
            identity: identity(),
        }
        .into(),
        ChildStarted {
            name: started.0,
            child_run_id: started.1,
            child_workflow: started.2,
            identity: identity(),
        }
        .into(),
        ChildCompleted {
            name: completed.0,
            child_run_id: completed.1,
            child_workflow: completed.2,
            identity: identity(),
        }
        .into(),
        ChildFailed {
            name: failed.0,
            child_run_id: failed.1,
            child_workflow: failed.2,
            error: Some(run_error()),
            identity: identity(),
        }
        .into(),
        WorkflowContinued {
            next_run_id: text(CHILD),
        }
        .into(),
    ]
}

const CHILD: &str = "019ca95e-1d00-7aaa-8000-0000000000c1";

/// Every type with the fields that are never left out, as defaults.
pub(crate) fn bare() -> Vec<Event> {
    let bare = |event: &Event| {
        let event_type = event.event_type();
        let fields = serde_json::from_str(&event.to_fields());
        let mut fields: serde_json::Map<_, _> = fields.expect("fields are an object");
        // What can be left out is what the type can be read without.
        let names: Vec<String> = fields.keys().cloned().collect();
        for name in names {
            let value = fields.remove(&name).expect("it was just there");
            let without = serde_json::to_string(&fields).expect("it is JSON");
            if Event::from_fields(event_type, &without).is_err() {
                fields.insert(name, value);
            }
        }
        let fields = serde_json::to_string(&fields).expect("it is JSON");
        Event::from_fields(event_type, &fields).expect("nothing is missing")
    };
    full().iter().map(bare).collect()
}

/// Where the samples come from.
pub(crate) fn origin() -> Origin {
    Origin::new("production", "shop")
}

/// A run's log of these events.
pub(crate) fn logged(events: &[Event], user_id: Option<&str>) -> Vec<LoggedEvent> {
    let log = events.iter().zip(1..).map(|(event, seq)| LoggedEvent {
        lane: 0,
        pos: seq,
        event_id: Uuid::from_u128(0x019c_a95e_1c00_7000_8000_0000_0000_0000 + u128::from(seq)),
        run_id: Uuid::from_u128(0x019c_a95e_1c00_7aaa_8000_0000_0000_0001),
        seq,
        event_type: event.event_type(),
        occurred_at: after_ms(seq * 10),
        recorded_at: after_ms(seq * 10 + 1),
        workflow_name: "checkout".into(),
        user_id: user_id.map(Into::into),
        fingerprint: Some("9f86d081884c7d65".into()).filter(|_| user_id.is_some()),
        fields: event.to_fields(),
        audience: Audience::All,
        payload: None,
        form: Form::Whole,
    });
    log.collect()
}

/// All samples: every type whole, every type with the least, and what is sent in the place of
/// an event that an endpoint refuses.
pub(crate) fn all() -> Vec<LoggedEvent> {
    let mut events = logged(&full(), Some("order-1042"));
    let refused = events[9].clone();
    events.extend(logged(&bare(), None));
    events.extend(refused.truncated());
    events.push(refused.tombstone("the endpoint answered 400"));
    events
}
