//! Reads from the log what a lane asks next, and makes a batch of it.

use super::batch::Batch;
use super::job::{Bench, Found, Outcome, Passed};
use crate::sift::Portion;
use crate::{Expire, Form, LogError, LoggedEvent, ReadLane};

/// How many events are looked through at once for one of another run.
const LOOK_EVENTS: usize = 500;

/// What a lane reads.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) portion: Portion,
    /// Whether the request is compressed.
    pub(crate) compress: bool,
    /// Why the next event was refused, where it was.
    pub(crate) refusal: Found,
}

impl Bench {
    pub(super) async fn load(&self, lane: u8, reading: Reading) -> Result<Outcome, LogError> {
        let events = match reading.portion {
            Portion::Next(events_max) => self.fresh_events(lane, events_max).await?,
            Portion::Alone(_) => self.fresh_events(lane, 1).await?,
            Portion::OtherRun => match self.event_of_another_run(lane).await? {
                Some(event) => Ok(vec![event]),
                None => return Ok(Outcome::NoOtherRun),
            },
        };
        let events = match (events, reading.portion) {
            (Err(passed), _) => return Ok(Outcome::Passed(passed)),
            (Ok(events), Portion::Alone(form)) => {
                match in_form(&events[0], form, &reading.refusal) {
                    Some(event) => vec![event],
                    None => return Ok(Outcome::NothingToTruncate),
                }
            }
            (Ok(events), Portion::Next(_) | Portion::OtherRun) => events,
        };
        let config = &*self.tracker.config;
        let press = self.tracker.press.as_ref().filter(|_| reading.compress);
        let batch = Batch::cut(config, &events, reading.portion, press);
        self.tracker
            .load(lane, batch.expect("a read gives at least one event"));
        Ok(Outcome::Loaded)
    }

    /// The next events that are not too old; where all that were read are, they are dropped.
    async fn fresh_events(
        &self,
        lane: u8,
        events_max: usize,
    ) -> Result<Result<Vec<LoggedEvent>, Passed>, LogError> {
        let after = self.tracker.acknowledged(lane);
        let mut events = self.events_after(lane, after, events_max).await?;
        let gone = match events.first() {
            Some(first) => first.pos - 1 - after,
            None => self.gone_after(lane, after).await?,
        };
        if gone > 0 {
            // A purge took them before this tracker was there: it never gets them.
            self.expire(lane, after + gone, gone).await?;
        }
        if events.is_empty() {
            return Ok(Err(Passed::Expired(gone)));
        }
        let next = events[0].pos;
        let together = (next..)
            .zip(&events)
            .take_while(|(pos, event)| event.pos == *pos);
        events.truncate(together.count());
        let old = |event: &&LoggedEvent| self.tracker.is_expired(event.recorded_at);
        let expired = events.iter().take_while(old).count();
        if expired > 0 {
            let last = events[expired - 1].pos;
            events.drain(..expired);
            self.expire(lane, last, expired as u64).await?;
        }
        if events.is_empty() {
            return Ok(Err(Passed::Expired(expired as u64)));
        }
        Ok(Ok(events))
    }

    /// How many events after this position are gone, where a read gave none: only the log itself
    /// can say so.
    async fn gone_after(&self, lane: u8, after: u64) -> Result<u64, LogError> {
        let gone = self.log.gone(lane, after).await?;
        if gone == 0 {
            let head = self.relay.head(lane);
            return Err(LogError::new(format!(
                "reading lane {lane} after position {after} gave nothing, but it goes up to {head}"
            )));
        }
        Ok(gone)
    }

    async fn expire(&self, lane: u8, pos: u64, events: u64) -> Result<(), LogError> {
        let tracker = self.tracker.name.clone();
        let dropped = Expire {
            tracker,
            lane,
            pos,
            events,
        };
        self.log.expire(dropped).await?;
        self.tracker.expire(lane, pos, events);
        self.relay.progress.notify_waiters();
        Ok(())
    }

    async fn event_of_another_run(&self, lane: u8) -> Result<Option<LoggedEvent>, LogError> {
        let mut after = self.tracker.acknowledged(lane);
        let mut refused = None;
        loop {
            let events = self.events_after(lane, after, LOOK_EVENTS).await?;
            let Some(last) = events.last() else {
                return Ok(None);
            };
            after = last.pos;
            let refused = *refused.get_or_insert(events[0].run_id);
            let mut events = events.into_iter();
            if let Some(other) = events.find(|event| event.run_id != refused) {
                return Ok(Some(other));
            }
        }
    }

    async fn events_after(
        &self,
        lane: u8,
        after: u64,
        events_max: usize,
    ) -> Result<Vec<LoggedEvent>, LogError> {
        let config = &*self.tracker.config;
        let read = ReadLane {
            events_max,
            bytes_max: config.pace().batch_bytes_max,
            payloads: config.encoder().wants_payloads(),
            ..ReadLane::new(lane, after)
        };
        let mut events = self.log.read(read).await?;
        for event in &mut events {
            event.show(config.capture());
        }
        check_order(lane, after, &events)?;
        Ok(events)
    }
}

/// The event as it is asked alone; `None` where it has nothing to lose in that form.
fn in_form(event: &LoggedEvent, form: Form, refusal: &Found) -> Option<LoggedEvent> {
    match form {
        Form::Whole => Some(event.clone()),
        Form::Truncated => event.truncated(),
        Form::Tombstone => Some(event.tombstone(&refusal.words)),
    }
}

/// Refuses what would be sent again and again, because the cursor could never pass it.
fn check_order(lane: u8, after: u64, events: &[LoggedEvent]) -> Result<(), LogError> {
    let mut last = after;
    for event in events {
        if event.pos <= last || event.lane != lane {
            return Err(LogError::new(format!(
                "reading lane {lane} after position {after} gave position {} of lane {} after \
                 position {last}; positions must rise",
                event.pos, event.lane
            )));
        }
        last = event.pos;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{EventType, Timestamp};

    #[test]
    fn positions_that_do_not_rise_are_refused() {
        let event = |pos| LoggedEvent {
            lane: 3,
            pos,
            event_id: Uuid::nil(),
            run_id: Uuid::nil(),
            seq: 1,
            event_type: EventType::WorkflowStarted,
            occurred_at: Timestamp::default(),
            recorded_at: Timestamp::default(),
            workflow_name: "".into(),
            user_id: None,
            fingerprint: None,
            fields: "{}".to_owned(),
            audience: crate::Audience::All,
            payload: None,
            form: Form::Whole,
        };
        let accepted = |lane, after, positions: &[u64]| {
            let events: Vec<_> = positions.iter().copied().map(event).collect();
            check_order(lane, after, &events).is_ok()
        };
        assert!(accepted(3, 5, &[6, 7, 10]));
        assert!(!accepted(3, 5, &[5, 6]));
        assert!(!accepted(3, 5, &[6, 6]));
        assert!(!accepted(2, 5, &[6]));
    }
}
