//! What every field of every event means, in words.

/// The envelope's fields, in their order.
pub(crate) const ENVELOPE: [(&str, &str); 16] = [
    (
        "specVersion",
        "`1`. Within it no field is removed and none changes its type; ignore fields that you do not know",
    ),
    (
        "eventId",
        "a UUIDv7, made once when the event occurs, the same on every delivery: deduplicate by it, and do not sort by it",
    ),
    ("runId", "the run, a UUID"),
    ("seq", "1, 2, 3 … without gaps within a run: **the** order"),
    ("type", "one of the types below; more may come"),
    ("timestamp", "when it occurred, by the wall clock"),
    ("recordedAt", "when it was committed"),
    ("source", "`\"workflow\"`"),
    (
        "workflowId",
        "the id that the run was started with, or the run's own where there was none",
    ),
    ("workflowName", "the workflow's name"),
    ("executionId", "the id that the run was started with"),
    ("env", "from the tracker's configuration"),
    ("serviceKey", "from the tracker's configuration"),
    ("version", "the fingerprint of the workflow's code"),
    (
        "truncated",
        "`true` where the endpoint found the event too large, and large fields were cut",
    ),
    (
        "tombstone",
        "`true` where the endpoint refuses the event's content: only the envelope is left, and `reason` says why",
    ),
];

/// What tells operations of one name apart.
const IDENTITY: [(&str, &str); 3] = [
    ("key", "the `key` that the code gave the operation"),
    ("ordinal", "which repeat of this path, name and key; from 2"),
    ("path", "the parts of the workflow around the operation"),
];

const STEP: (&str, &str) = ("stepName", "the step");
const ATTEMPT: (&str, &str) = ("attempt", "which attempt, from 1");
const ERROR: (&str, &str) = ("error", "what went wrong: see below");
const STEPS: (&str, &str) = (
    "completedSteps",
    "the names of the completed steps, in order of completion",
);
const INPUT: (&str, &str) = ("input", "the inputs as a list, where values are captured");
const NAME: (&str, &str) = ("name", "the operation's name");
const CHILD: [(&str, &str); 3] = [
    NAME,
    ("childRunId", "the child's run"),
    ("childWorkflow", "the child's workflow"),
];

/// A type: its name, what it says, and its own fields.
pub(crate) struct Type {
    pub(crate) name: &'static str,
    pub(crate) says: &'static str,
    own: &'static [(&'static str, &'static str)],
}

impl Type {
    /// What a field of its own means.
    pub(crate) fn meaning(&self, field: &str) -> Option<&'static str> {
        let mut fields = self.own.iter().chain(&IDENTITY);
        fields
            .find(|(name, _)| *name == field)
            .map(|(_, meaning)| *meaning)
    }

    /// How many meanings it has of its own.
    pub(crate) const fn own_fields(&self) -> usize {
        self.own.len()
    }
}

const fn of(
    name: &'static str,
    says: &'static str,
    own: &'static [(&'static str, &'static str)],
) -> Type {
    Type { name, says, own }
}

/// The fields of `error`.
pub(crate) const ERROR_FIELDS: [(&str, &str); 7] = [
    ("message", "the error's own words, redacted and bounded"),
    ("stack", "where it went wrong, where that is known"),
    (
        "stepName",
        "in `workflow.failed` and `child.failed`: the step that the error came from",
    ),
    ("attempt", "the attempt that it came from"),
    (
        "kind",
        "`error`, `panic`, `timeout`, `encoding`, `crash_loop` or `cancelled` (a child's); more may come",
    ),
    ("type", "the name of the error's type in the program"),
    ("chain", "the messages of what caused it, nearest first"),
];

/// Every type, in the order in which runs meet them.
pub(crate) const TYPES: [Type; 25] = [
    of(
        "workflow.queued",
        "A run was accepted but waits: for its start time, or for a free slot.",
        &[
            INPUT,
            (
                "startAt",
                "when it is to start, where the start was delayed",
            ),
        ],
    ),
    of(
        "workflow.started",
        "The first execution of a run began. Every run has exactly one.",
        &[INPUT],
    ),
    of(
        "workflow.paused",
        "The run waits, and no step is running.",
        &[
            (
                "reason",
                "what it waits for: `sleep`, `retry`, `signal` or `child`",
            ),
            ("resumeAt", "when it goes on at the latest"),
            ("stepName", "the step that waits for its next attempt"),
        ],
    ),
    of(
        "workflow.resumed",
        "The run goes on.",
        &[(
            "cause",
            "`sleep`, `retry`, `signal`, `child`, `crash` (its process died), `restart` (its engine was shut down) or `released`",
        )],
    ),
    of(
        "workflow.completed",
        "The run returned a value. It is over.",
        &[
            STEPS,
            (
                "durationMs",
                "from `workflow.started` to here, over all executions",
            ),
            ("output", "the value, where values are captured"),
        ],
    ),
    of(
        "workflow.failed",
        "The run returned an error, or panicked. It is over.",
        &[ERROR, STEPS],
    ),
    of(
        "workflow.cancelled",
        "The run was cancelled. It is over.",
        &[STEPS, ("reason", "the reason that was given")],
    ),
    of(
        "workflow.blocked",
        "The run cannot go on until somebody acts: its code no longer fits its log.",
        &[
            ("reason", "why, and what to do"),
            ("recorded", "what the log holds next"),
            ("attempted", "what the code asks for instead"),
        ],
    ),
    of(
        "workflow.continued",
        "Reserved: the run goes on as another run.",
        &[("nextRunId", "that run")],
    ),
    of(
        "step.started",
        "A step's attempt is about to run. It is durable before the step's code begins.",
        &[STEP, ATTEMPT, ("site", "`file:line` of the step")],
    ),
    of(
        "step.completed",
        "A step's attempt returned a value, which is now recorded.",
        &[
            STEP,
            ATTEMPT,
            ("durationMs", "how long this attempt took"),
            ("cached", "`false`: a replay writes no events"),
            ("totalMs", "since the first attempt began"),
            ("output", "the value, where values are captured"),
        ],
    ),
    of(
        "step.failed",
        "A step's attempt did not succeed: error, panic, timeout, or a value that cannot be encoded.",
        &[
            STEP,
            ATTEMPT,
            ERROR,
            ("willRetry", "whether another attempt follows"),
        ],
    ),
    of(
        "retry.scheduled",
        "The next attempt of a step has its instant.",
        &[
            STEP,
            ("attempt", "the attempt that failed"),
            ("nextAttemptAt", "when the next one begins"),
            (
                "delayMs",
                "from the end of the failed attempt to the next one",
            ),
        ],
    ),
    of(
        "retry.exhausted",
        "A step was retried and failed for good. It follows the last `step.failed`.",
        &[STEP, ("attempts", "executions that failed")],
    ),
    of(
        "timeout.set",
        "An attempt has a deadline.",
        &[
            STEP,
            ATTEMPT,
            (
                "deadline",
                "when it ends, estimated when the attempt was asked for",
            ),
            (
                "timeoutMs",
                "how long it may take from the moment its code starts",
            ),
        ],
    ),
    of(
        "timeout.exceeded",
        "An attempt was still running at its deadline and was dropped. `step.failed` follows.",
        &[
            STEP,
            ATTEMPT,
            ("timeoutMs", "how long it was allowed to take"),
        ],
    ),
    of(
        "sleep.started",
        "A sleep began.",
        &[
            NAME,
            ("durationMs", "how long it was asked to be"),
            ("resumeAt", "when it ends"),
        ],
    ),
    of(
        "sleep.completed",
        "A sleep ended.",
        &[NAME, ("durationMs", "how long it was asked to be")],
    ),
    of(
        "signal.awaited",
        "The run asked for a signal.",
        &[
            NAME,
            ("deadline", "when the wait gives up"),
            (
                "signal",
                "the signal's name, where the operation has another",
            ),
        ],
    ),
    of(
        "signal.received",
        "The run took a signal.",
        &[
            NAME,
            ("payload", "what came with it, where values are captured"),
        ],
    ),
    of(
        "signal.expired",
        "The deadline of a wait for a signal passed first.",
        &[NAME],
    ),
    of(
        "value.recorded",
        "A value that differs from call to call was taken once and recorded.",
        &[NAME],
    ),
    of("child.started", "A child run was started.", &CHILD),
    of("child.completed", "A child run returned a value.", &CHILD),
    of(
        "child.failed",
        "A child run failed or was cancelled.",
        &[CHILD[0], CHILD[1], CHILD[2], ERROR],
    ),
];
