//! What trackers put aside, dropped or were forgotten with, in memory.

use std::ops::Bound;

use workflow_tracker::{Account, DeadLetter, Expire, LetterEnd, LetterId, LetterQuery, Quarantine};

use super::state::State;
use crate::store::{Extent, ReadExtent};

impl State {
    pub(super) fn quarantine(&mut self, event: Quarantine) {
        let Some(cursor) = self.cursor_mut(&event.tracker, event.lane) else {
            return;
        };
        if cursor.pos < event.pos {
            cursor.pos = event.pos;
            cursor.quarantined += 1;
            let id = LetterId {
                tracker: event.tracker.to_string(),
                lane: event.lane,
                pos: event.pos,
            };
            self.letters.insert(id, event);
        }
    }

    pub(super) fn expire(&mut self, events: &Expire) {
        if let Some(cursor) = self.cursor_mut(&events.tracker, events.lane)
            && cursor.pos < events.pos
        {
            cursor.pos = events.pos;
            cursor.expired += events.events;
        }
    }

    pub(super) fn letters(&self, query: &LetterQuery) -> Vec<DeadLetter> {
        let after = match &query.after {
            Some(after) => Bound::Excluded(after),
            None => Bound::Unbounded,
        };
        let later = self.letters.range::<LetterId, _>((after, Bound::Unbounded));
        let wanted = later.filter(|(id, _)| {
            let tracker = query.tracker.as_ref();
            tracker.is_none_or(|tracker| *tracker == id.tracker)
        });
        let letters = wanted.filter_map(|(id, _)| self.letter(id));
        letters.take(query.letters_max).collect()
    }

    pub(super) fn letter(&self, id: &LetterId) -> Option<DeadLetter> {
        let put_aside = self.letters.get(id)?;
        let event = self.event_at(id.lane, id.pos)?;
        Some(DeadLetter::new(event, put_aside.clone()))
    }

    pub(super) fn close_letter(&mut self, id: &LetterId, end: LetterEnd) -> bool {
        let existed = self.letters.remove(id).is_some();
        match end {
            LetterEnd::Delivered if existed => {
                if let Some(cursor) = self.cursor_mut(&id.tracker, id.lane) {
                    cursor.quarantined -= 1;
                }
            }
            LetterEnd::Delivered | LetterEnd::Discarded => {}
        }
        existed
    }

    pub(super) fn trackers(&self) -> Vec<String> {
        let mut names: Vec<String> = self.cursors.keys().cloned().collect();
        names.sort();
        names
    }

    pub(super) fn forget(&mut self, tracker: &str) -> Option<Account> {
        let account = self.account(tracker).ok()?;
        self.cursors.remove(tracker);
        self.letters.retain(|id, _| id.tracker != tracker);
        Some(account.forgotten())
    }

    pub(super) fn extent(&self, read: ReadExtent) -> Option<Extent> {
        let run = self.run(read.run)?;
        let lane = run.record.lane;
        let entries = &self.lanes[usize::from(lane)];
        let after = entries.after(read.after.unwrap_or(u64::MAX));
        let of_run = after.filter(|(_, entry)| entry.run == read.run);
        Some(Extent {
            lane,
            last_pos: run.last_pos,
            rows_after: of_run.count() as u64,
        })
    }
}
