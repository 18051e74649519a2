//! Which runs are in memory, and who waits for which run.

use std::collections::HashSet;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Weak};

use super::{Core, lock};
use crate::engine::handle::RunCell;
use crate::engine::mailbox::{Mail, Mailbox};
use crate::run::{Conclusion, End};
use crate::store::RunNo;

impl Core {
    /// A run is in memory from now on.
    pub(in crate::engine) fn enter(&self, run: RunNo, mailbox: Arc<Mailbox>) {
        if self.is_stopped() {
            mailbox.send(Mail::Stop);
        }
        lock(&self.active).insert(run, mailbox);
    }

    /// The same, unless it is in memory already; false where it is.
    pub(in crate::engine) fn try_enter(&self, run: RunNo, mailbox: &Arc<Mailbox>) -> bool {
        match lock(&self.active).entry(run) {
            Entry::Occupied(_) => false,
            Entry::Vacant(vacant) => {
                vacant.insert(Arc::clone(mailbox));
                true
            }
        }
    }

    /// A run leaves memory.
    pub(in crate::engine) fn left(&self, run: RunNo, mailbox: &Arc<Mailbox>) {
        let mut active = lock(&self.active);
        if active
            .get(&run)
            .is_some_and(|held| Arc::ptr_eq(held, mailbox))
        {
            active.remove(&run);
        }
        let is_empty = active.is_empty();
        drop(active);
        self.forward(run, mailbox.unread());
        self.feed();
        // Whoever waits for the run looks again: it may have ended before it began to wait.
        let cell = lock(&self.cells).get(&run).and_then(Weak::upgrade);
        if let Some(cell) = cell {
            cell.poke();
        }
        if is_empty {
            self.changed.notify_waiters();
            self.drop_lease_when_idle();
        }
    }

    pub(in crate::engine) fn mailbox(&self, run: RunNo) -> Option<Arc<Mailbox>> {
        lock(&self.active).get(&run).cloned()
    }

    /// Writes to whoever drives a run; false where nobody does. A letter that comes too late to be
    /// read is forwarded to the scheduler.
    pub(in crate::engine) fn tell(&self, run: RunNo, mail: Mail) -> bool {
        let active = lock(&self.active);
        match active.get(&run) {
            Some(mailbox) => {
                mailbox.send(mail);
                true
            }
            None => false,
        }
    }

    /// The letters to a run that left memory before it read them.
    fn forward(&self, run: RunNo, letters: Vec<Mail>) {
        let is_request = |mail: &Mail| match mail {
            Mail::Cancel { .. } | Mail::Inbox => true,
            Mail::Drain | Mail::Stop => false,
        };
        let requests = letters.into_iter().filter(is_request);
        let mut forwarded = lock(&self.forwarded);
        let before = forwarded.len();
        forwarded.extend(requests.map(|mail| (run, mail)));
        if forwarded.len() > before {
            self.schedule.notify_one();
        }
    }

    /// The letters that nobody has read.
    pub(in crate::engine) fn forwarded(&self) -> Vec<(RunNo, Mail)> {
        std::mem::take(&mut *lock(&self.forwarded))
    }

    /// Something came into the inbox of a run: whoever drives it looks, or the scheduler does.
    pub(in crate::engine) fn came(&self, run: RunNo) {
        if !self.tell(run, Mail::Inbox) {
            self.schedule.notify_one();
        }
    }

    pub(in crate::engine) fn in_memory(&self) -> usize {
        lock(&self.active).len()
    }

    /// What the runs in memory wait for: `None` for one that has something to do.
    #[cfg(any(test, feature = "testing"))]
    pub(in crate::engine) fn rests(&self) -> Vec<Option<crate::engine::quiet::Rest>> {
        let active = lock(&self.active);
        active.values().map(|mailbox| mailbox.rest()).collect()
    }

    /// How many replays wait for something that is no operation.
    pub(in crate::engine) fn stalled(&self) -> usize {
        let active = lock(&self.active);
        active
            .values()
            .filter(|mailbox| mailbox.is_stalled())
            .count()
    }

    /// The runs in memory that nobody owns in the store.
    pub(in crate::engine) fn free_runs(&self) -> HashSet<RunNo> {
        lock(&self.active)
            .iter()
            .filter(|(_, mailbox)| mailbox.is_free())
            .map(|(run, _)| *run)
            .collect()
    }

    /// Writes to every run in memory.
    pub(in crate::engine) fn send_all(&self, mail: &Mail) {
        let mailboxes: Vec<_> = lock(&self.active).values().cloned().collect();
        for mailbox in mailboxes {
            mailbox.send(mail.clone());
        }
    }

    /// The cell in which those who wait for a run find its conclusion.
    pub(in crate::engine) fn cell(&self, run: RunNo) -> Arc<RunCell> {
        let mut cells = lock(&self.cells);
        if let Some(cell) = cells.get(&run).and_then(Weak::upgrade) {
            return cell;
        }
        // Whoever waited for a parked run and gave up leaves an entry behind: sweep now and then.
        if cells.len() == cells.capacity() {
            cells.retain(|_, cell| cell.strong_count() > 0);
        }
        let cell = Arc::new(RunCell::default());
        cells.insert(run, Arc::downgrade(&cell));
        cell
    }

    /// Tells those who wait for a run that is not driven here how it ended.
    pub(in crate::engine) fn conclude(&self, run: RunNo, conclusion: Conclusion) {
        let cell = lock(&self.cells).get(&run).and_then(Weak::upgrade);
        if let Some(cell) = cell {
            cell.set(conclusion);
        }
    }

    /// An execution was flushed.
    pub(in crate::engine) fn finished(&self, run: RunNo, end: End, conclusion: Option<Conclusion>) {
        if let Some(conclusion) = conclusion {
            self.conclude(run, conclusion);
        }
        match end {
            End::Fenced => self.schedule.notify_one(),
            End::Completed
            | End::Failed
            | End::Cancelled
            | End::Blocked
            | End::Released
            | End::Parked => {}
        }
    }
}
