//! Cursor moves that wait for a transaction to join.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use workflow_tracker::CursorMove;

/// How long a move waits for somebody else's transaction before it gets its own.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long before that it joins the commit of a run. Earlier, every commit of a busy engine would
/// write and sync one more page, for what may be sent again anyway.
const JOINS_BEFORE: Duration = Duration::from_millis(50);

/// The furthest move of each cursor, which whoever delivers adds and the writing thread writes: it
/// is not woken for each.
#[derive(Default)]
pub(super) struct Moves(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    furthest: HashMap<(Arc<str>, u8), u64>,
    due: Option<Instant>,
    failing: bool,
}

impl Moves {
    /// True where the writing thread does not know that there is any.
    pub(super) fn add(&self, to: CursorMove, now: Instant) -> bool {
        let mut waiting = self.lock();
        let furthest = waiting.furthest.entry((to.tracker, to.lane)).or_default();
        *furthest = to.pos.max(*furthest);
        let is_known = waiting.due.is_some();
        waiting.due.get_or_insert(now + PATIENCE);
        !is_known
    }

    /// When the moves get a transaction of their own, if any wait.
    pub(super) fn due(&self) -> Option<Instant> {
        self.lock().due
    }

    /// Whether the moves join the commit of a run now.
    pub(super) fn join_a_commit(&self, now: Instant) -> bool {
        self.due().is_some_and(|due| now + JOINS_BEFORE >= due)
    }

    pub(super) fn list(&self) -> Vec<CursorMove> {
        let waiting = self.lock();
        let moves = waiting.furthest.iter();
        moves
            .map(|((tracker, lane), pos)| CursorMove {
                tracker: Arc::clone(tracker),
                lane: *lane,
                pos: *pos,
            })
            .collect()
    }

    /// These are durable.
    pub(super) fn done(&self, written: Vec<CursorMove>, now: Instant) {
        let mut waiting = self.lock();
        if std::mem::take(&mut waiting.failing) {
            tracing::info!("cursors are recorded again");
        }
        for CursorMove { tracker, lane, pos } in written {
            if let Entry::Occupied(furthest) = waiting.furthest.entry((tracker, lane))
                && *furthest.get() == pos
            {
                furthest.remove();
            }
        }
        // Whatever was added meanwhile waits anew.
        waiting.due = (!waiting.furthest.is_empty()).then_some(now + PATIENCE);
    }

    /// They could not be written: they are tried again, but not at once.
    pub(super) fn failed(&self, now: Instant, why: &impl std::fmt::Display) {
        let mut waiting = self.lock();
        if waiting.furthest.is_empty() {
            return;
        }
        if !std::mem::replace(&mut waiting.failing, true) {
            tracing::warn!("what was delivered cannot be recorded, it is tried again: {why}");
        }
        waiting.due = Some(now + PATIENCE);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(pos: u64) -> CursorMove {
        CursorMove {
            tracker: "a".into(),
            lane: 1,
            pos,
        }
    }

    #[test]
    fn the_furthest_move_of_a_cursor_waits_until_it_is_done() {
        let begun = Instant::now();
        let moves = Moves::default();
        let news = [(1, 0), (3, 100), (2, 200)];
        let news = news.map(|(pos, after_ms)| {
            let now = begun + Duration::from_millis(after_ms);
            moves.add(to(pos), now)
        });
        assert_eq!(news, [true, false, false]);
        assert_eq!(
            (moves.list(), moves.due()),
            (vec![to(3)], Some(begun + PATIENCE))
        );
        assert!(!moves.join_a_commit(begun + Duration::from_millis(199)));
        assert!(moves.join_a_commit(begun + Duration::from_millis(200)));
        let later = begun + Duration::from_secs(1);
        moves.failed(later, &"the disk is full");
        assert_eq!(
            (moves.list(), moves.due()),
            (vec![to(3)], Some(later + PATIENCE))
        );
        moves.done(vec![to(3)], later);
        assert_eq!((moves.list(), moves.due()), (Vec::new(), None));
        moves.failed(later, &"the disk is full");
        assert_eq!(moves.due(), None);
        assert!(moves.add(to(4), later), "the writing thread knows of none");
    }

    #[test]
    fn a_move_that_is_added_while_others_are_written_is_kept() {
        let now = Instant::now();
        let moves = Moves::default();
        moves.add(to(1), now);
        let written = moves.list();
        assert!(!moves.add(to(2), now));
        moves.done(written, now);
        assert_eq!(
            (moves.list(), moves.due()),
            (vec![to(2)], Some(now + PATIENCE))
        );
    }
}
