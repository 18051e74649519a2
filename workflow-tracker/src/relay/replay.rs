//! Sends a dead letter once more, alone, because somebody asked for it.

use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::oneshot;

use super::account::TrackerState;
use super::batch::Batch;
use super::caught::caught;
use super::state::RelayState;
use crate::answer::Answer;
use crate::sift::Portion;
use crate::{EventLog, LetterEnd, LetterId, LogError, LoggedEvent, ReadLane};

/// What became of a dead letter that was sent once more.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Replayed {
    /// The destination acknowledged it: it counts as delivered, and is a dead letter no more.
    Delivered,
    /// It is still a dead letter.
    NotDelivered {
        /// What was found, such as `the endpoint answered 400`.
        found: String,
    },
    /// There is no such dead letter.
    Unknown,
}

/// Somebody waits for what becomes of a dead letter.
#[derive(Debug)]
pub(crate) struct Replay {
    letter: LetterId,
    reply: oneshot::Sender<Result<Replayed, LogError>>,
}

impl Replay {
    pub(crate) fn new(letter: LetterId) -> (Self, oneshot::Receiver<Result<Replayed, LogError>>) {
        let (reply, answer) = oneshot::channel();
        (Self { letter, reply }, answer)
    }

    pub(crate) async fn serve(self, state: Arc<RelayState>, log: Arc<dyn EventLog>) {
        let Self { letter, reply } = self;
        let replayed = caught(replay(&state, &*log, letter)).await;
        let panicked = |_| Err(LogError::new("replaying a dead letter panicked"));
        // Whoever asked may have stopped waiting.
        let _ = reply.send(replayed.unwrap_or_else(panicked));
    }
}

async fn replay(
    state: &RelayState,
    log: &dyn EventLog,
    letter: LetterId,
) -> Result<Replayed, LogError> {
    let Some(tracker) = state.tracker(&letter.tracker) else {
        return Err(LogError::new(format!(
            "cannot replay a dead letter of tracker `{}`: it is not configured; configure it, or \
             discard the letter",
            letter.tracker
        )));
    };
    if log.dead_letter(letter.clone()).await?.is_none() {
        return Ok(Replayed::Unknown);
    }
    let Some(event) = read(tracker, log, &letter).await? else {
        return Ok(Replayed::Unknown);
    };
    let found = match send(tracker, &event).await {
        Ok(()) => {
            if log.close_letter(letter, LetterEnd::Delivered).await? {
                tracker.redeem();
            }
            return Ok(Replayed::Delivered);
        }
        Err(found) => found,
    };
    Ok(Replayed::NotDelivered { found })
}

/// The event itself: a dead letter does not show its values.
async fn read(
    tracker: &TrackerState,
    log: &dyn EventLog,
    letter: &LetterId,
) -> Result<Option<LoggedEvent>, LogError> {
    let read = ReadLane {
        events_max: 1,
        payloads: tracker.config.encoder().wants_payloads(),
        ..ReadLane::new(letter.lane, letter.pos.saturating_sub(1))
    };
    let mut events = log.read(read).await?;
    let event = events.pop().filter(|event| event.pos == letter.pos);
    Ok(event.map(|mut event| {
        event.show(tracker.config.capture());
        event
    }))
}

/// Sends an event alone, on a connection of its own; what was found where it is not delivered.
async fn send(tracker: &TrackerState, event: &LoggedEvent) -> Result<(), String> {
    let config = &*tracker.config;
    let events = std::slice::from_ref(event);
    let batch = Batch::cut(config, events, Portion::Next(1), None).expect("there is an event");
    let transport = config.connect().map_err(|fault| fault.to_string())?;
    let reply = transport.send(&batch.request).await;
    let head = reply.map_err(|fault| fault.to_string())?.head;
    match Answer::of_reply(&head, SystemTime::now()) {
        Answer::Acknowledged => Ok(()),
        Answer::Retry { .. } | Answer::Refused(_) | Answer::Unsupported | Answer::Blocked(_) => {
            Err(format!("the endpoint answered {}", head.status))
        }
    }
}
