//! Cursor moves that wait for a transaction to join.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use workflow_tracker::CursorMove;

/// How long a move waits for somebody else's transaction before it gets its own.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long before that it joins the commit of a run. Earlier, every commit of a busy engine would
/// write and sync one more page, for what may be sent again anyway.
const JOINS_BEFORE: Duration = Duration::from_millis(50);

/// The furthest move of each cursor.
#[derive(Default)]
pub(super) struct Moves {
    furthest: HashMap<(Arc<str>, u8), u64>,
    due: Option<Instant>,
    failing: bool,
}

impl Moves {
    pub(super) fn add(&mut self, to: CursorMove, now: Instant) {
        let furthest = self.furthest.entry((to.tracker, to.lane)).or_default();
        *furthest = to.pos.max(*furthest);
        self.due.get_or_insert(now + PATIENCE);
    }

    /// When the moves get a transaction of their own, if any wait.
    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Whether the moves join the commit of a run now.
    pub(super) fn join_a_commit(&self, now: Instant) -> bool {
        self.due.is_some_and(|due| now + JOINS_BEFORE >= due)
    }

    pub(super) fn list(&self) -> Vec<CursorMove> {
        let moves = self.furthest.iter();
        moves
            .map(|((tracker, lane), pos)| CursorMove {
                tracker: Arc::clone(tracker),
                lane: *lane,
                pos: *pos,
            })
            .collect()
    }

    /// All that were listed are durable.
    pub(super) fn done(&mut self) {
        if std::mem::take(&mut self.failing) {
            tracing::info!("cursors are recorded again");
        }
        self.furthest.clear();
        self.due = None;
    }

    /// They could not be written: they are tried again, but not at once.
    pub(super) fn failed(&mut self, now: Instant, why: &impl std::fmt::Display) {
        if self.furthest.is_empty() {
            return;
        }
        if !std::mem::replace(&mut self.failing, true) {
            tracing::warn!("what was delivered cannot be recorded, it is tried again: {why}");
        }
        self.due = Some(now + PATIENCE);
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
        let mut moves = Moves::default();
        for (pos, after_ms) in [(1, 0), (3, 100), (2, 200)] {
            moves.add(to(pos), begun + Duration::from_millis(after_ms));
        }
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
        moves.done();
        assert_eq!((moves.list(), moves.due()), (Vec::new(), None));
        moves.failed(later, &"the disk is full");
        assert_eq!(moves.due(), None);
    }
}
