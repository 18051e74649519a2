//! What others do in a simulated world: they send signals to the run, and drive its children.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;

use uuid::Uuid;
use workflow_tracker::events::{
    ErrorInfo, WorkflowCancelled, WorkflowCompleted, WorkflowFailed, WorkflowStarted,
};
use workflow_tracker::{Audience, Event, EventType, Timestamp};

use super::world::now_or_never;
use crate::store::{
    Change, EndStatus, MemoryStore, NewRequest, NewRow, Refused, RequestKind, RequestReply, Row,
    RunCommit, RunNo, RunQuery, RunRecord, Store, Target,
};
use crate::testing::TestClock;
use crate::time::Clock as _;

/// The others in one world.
pub(super) struct Others {
    chance: RefCell<fastrand::Rng>,
    /// The signals that are to be sent, by name and value.
    signals: RefCell<VecDeque<(&'static str, u32)>>,
}

impl Others {
    /// Whoever acts beside the run with this body.
    pub(super) fn of(body: &str, seed: u64) -> Self {
        let signals: &[&'static str] = match body {
            "signalled" => &["go", "stray", "go", "go"],
            "signalled_in_time" | "signal_raced" => &["go", "go"],
            "signals_joined" => &["b", "go", "a", "go", "a"],
            _ => &[],
        };
        Self {
            chance: RefCell::new(fastrand::Rng::with_seed(!seed)),
            signals: RefCell::new(signals.iter().copied().zip(1..).collect()),
        }
    }

    /// Sends a signal or ends a child; false where there is nothing left to do.
    pub(super) fn act(&self, store: &Arc<MemoryStore>, clock: &TestClock) -> bool {
        let now = clock.now();
        let sends_first = self.chance.borrow_mut().bool();
        (sends_first && self.send(store, now))
            || self.end_child(store, now)
            || self.send(store, now)
    }

    fn send(&self, store: &Arc<MemoryStore>, at: Timestamp) -> bool {
        let Some((name, value)) = self.signals.borrow_mut().pop_front() else {
            return false;
        };
        let kind = RequestKind::Signal {
            name: name.to_owned(),
            payload: value.to_string().into_bytes(),
        };
        let run = RunNo(1);
        let reply = now_or_never(store.request(NewRequest { run, kind, at }));
        assert_eq!(reply.expect("memory works"), RequestReply::Accepted);
        true
    }

    /// Ends one of the children that have not ended, as it was told or as it likes.
    fn end_child(&self, store: &Arc<MemoryStore>, now: Timestamp) -> bool {
        let open = children(store);
        let open: Vec<_> = open
            .into_iter()
            .filter(|child| !child.status.is_terminal())
            .collect();
        let Some(child) = self.chance.borrow_mut().choice(open) else {
            return false;
        };
        let name = input_of(store, child.run);
        let (ending, status) = if name.contains("bad") {
            (failed(), EndStatus::Failed)
        } else {
            (completed(&name), EndStatus::Completed)
        };
        let ended = end(store, &child, ending, status, now);
        if let Err(Refused::CancelRequested { reason }) = ended {
            let cancelled = Event::from(WorkflowCancelled {
                reason,
                ..WorkflowCancelled::default()
            });
            let ended = end(store, &child, (cancelled, None), EndStatus::Cancelled, now);
            assert!(ended.is_ok(), "{ended:?}");
        }
        true
    }

    /// Signals are taken in order and once, and every child that was started is there, once.
    #[expect(clippy::unused_self, reason = "asked of those who know")]
    pub(super) fn check(&self, store: &Arc<MemoryStore>, rows: &[Row]) -> Result<(), String> {
        let of = |event_type| rows.iter().filter(move |row| row.event_type == event_type);
        let taken: Vec<_> = of(EventType::SignalReceived)
            .map(|row| row.payload.clone().unwrap_or_default())
            .collect();
        let mut distinct = taken.clone();
        distinct.sort();
        distinct.dedup();
        if distinct.len() < taken.len() {
            return Err(format!("a signal was taken twice: {taken:?}"));
        }
        if !now_or_never(store.inbox(RunNo(1)))
            .expect("memory works")
            .is_empty()
        {
            return Err("the inbox of the ended run is not empty".to_owned());
        }
        let started: Vec<_> = of(EventType::ChildStarted)
            .filter_map(
                |row| match Event::from_fields(row.event_type, &row.fields) {
                    Ok(Event::ChildStarted(child)) => Some(child.child_run_id),
                    _ => None,
                },
            )
            .collect();
        let children = children(store);
        let mut there: Vec<_> = children
            .iter()
            .map(|child| child.run_id.to_string())
            .collect();
        there.sort();
        let mut expected = started;
        expected.sort();
        if there != expected {
            return Err(format!("started {expected:?}, and there are {there:?}"));
        }
        for child in children.iter().filter(|child| !child.status.is_terminal()) {
            let inbox = now_or_never(store.inbox(child.run)).expect("memory works");
            if inbox.is_empty() {
                return Err(format!("child {} outlives its parent", child.run_id));
            }
        }
        Ok(())
    }
}

fn children(store: &Arc<MemoryStore>) -> Vec<RunRecord> {
    let runs = now_or_never(store.runs(RunQuery::default())).expect("memory works");
    let is_child = |run: &RunRecord| run.parent == Some(RunNo(1));
    runs.into_iter().filter(is_child).collect()
}

fn input_of(store: &Arc<MemoryStore>, run: RunNo) -> String {
    let row = now_or_never(store.last_row(run)).expect("memory works");
    let payload = row.and_then(|row| row.payload).unwrap_or_default();
    String::from_utf8(payload).expect("inputs are JSON")
}

type Ending = (Event, Option<Vec<u8>>);

fn completed(name: &str) -> Ending {
    let output = format!("\"{}\"", name.trim_matches(['[', ']', '"']));
    (
        WorkflowCompleted::default().into(),
        Some(output.into_bytes()),
    )
}

fn failed() -> Ending {
    let error = ErrorInfo {
        message: "the child is down".to_owned(),
        chain: vec!["no power".to_owned()],
        ..ErrorInfo::default()
    };
    let failed = WorkflowFailed {
        error,
        ..WorkflowFailed::default()
    };
    (failed.into(), None)
}

fn end(
    store: &Arc<MemoryStore>,
    child: &RunRecord,
    (event, payload): Ending,
    status: EndStatus,
    now: Timestamp,
) -> crate::store::CommitResult {
    let started = Event::from(WorkflowStarted::default());
    let rows = [(started, None), (event, payload)];
    let rows = rows
        .into_iter()
        .zip(2..)
        .map(|((event, payload), seq)| NewRow {
            seq,
            turn: seq,
            event_id: Uuid::from_u128(u128::from(seq)),
            event_type: event.event_type(),
            occurred_at: now,
            fields: event.to_fields(),
            audience: Audience::All,
            payload,
        });
    let target = Target::Take {
        run: child.run,
        execution: child.execution,
        epoch: 1,
        fingerprint: 0,
        crashes: None,
    };
    let change = Change::End {
        status,
        unless_cancelled: status != EndStatus::Cancelled,
    };
    let commit = RunCommit::new(target, rows.collect::<Vec<_>>(), now).with_change(change);
    let mut results = now_or_never(store.commit(vec![commit])).expect("memory works");
    results.pop().expect("one commit has one result")
}
