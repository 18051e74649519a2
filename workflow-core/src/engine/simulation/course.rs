//! One execution in a simulated world: its driver, polled in a loop, with what goes wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

use workflow_tracker::Timestamp;

use super::faults::Faults;
use super::world::World;
use crate::engine::driver::{Driver, Finish, Todo};
use crate::store::{CommitResult, RunCommit};

/// How an execution went.
pub(super) enum Went {
    /// Its process died.
    Crashed,
    /// The store refused the commit with which the run was to be created.
    NotStored,
    Finished(Finish),
}

/// One execution under way.
pub(super) struct Course<'a> {
    world: &'a World,
    faults: Faults,
    driver: Driver,
    woken: Arc<Flag>,
    /// Commits that were made.
    made: usize,
    /// A reply that has not come.
    late: Option<CommitResult>,
    /// The last commit failed, and is to be made again.
    failed: bool,
}

impl<'a> Course<'a> {
    pub(super) fn new(world: &'a World, faults: Faults, driver: Driver) -> Self {
        Self {
            world,
            faults,
            driver,
            woken: Arc::default(),
            made: 0,
            late: None,
            failed: false,
        }
    }

    /// Polls until the process dies or the execution is over.
    pub(super) fn run(mut self) -> Went {
        let waker = Waker::from(Arc::clone(&self.woken));
        loop {
            self.disturb();
            let went = match self.driver.poll(&waker, self.world.now()) {
                Todo::Commit(commit) => self.commit(commit),
                Todo::Wait(at) => self.wait(at),
                Todo::Stalled => panic!("a replay stalled\n{}", self.world.history()),
                Todo::Finished(finish) => Some(Went::Finished(finish)),
            };
            match went {
                Some(Went::Crashed) if self.faults.stalls => {
                    self.world.stalled(self.driver);
                    return Went::Crashed;
                }
                Some(went) => return went,
                None => {}
            }
        }
    }

    /// What others do meanwhile.
    fn disturb(&self) {
        let world = self.world;
        if self.faults.clock_jumps && world.one_in(12) {
            world.jump();
        }
        if self.faults.doubled_starts && world.one_in(24) {
            world.start_again();
        }
        if self
            .faults
            .cancel_after
            .is_some_and(|after| self.made >= after)
        {
            world.cancel(&self.driver);
        }
    }

    fn commit(&mut self, commit: RunCommit) -> Option<Went> {
        if self.faults.failing_commits && self.world.one_in(3) {
            self.failed = true;
            return self.driver.is_new().then_some(Went::NotStored);
        }
        let is_last = self.faults.crash_after == Some(self.made);
        if is_last && !self.faults.crash_late {
            return Some(Went::Crashed);
        }
        let reply = self.world.commit(commit);
        if is_last {
            return Some(Went::Crashed);
        }
        self.made += 1;
        if self.faults.slow_commits {
            self.late = Some(reply);
        } else {
            self.driver.replied(reply, self.world.now());
        }
        if self.made == 1 {
            self.world.wake_stalled();
        }
        None
    }

    /// Nothing moves by itself.
    fn wait(&mut self, at: Option<Timestamp>) -> Option<Went> {
        let world = self.world;
        if std::mem::take(&mut self.failed) {
            let again = self.driver.commit_again(world.now());
            return self.commit(again.expect("a commit failed"));
        }
        if self.driver.wants_look() {
            self.driver.begin_look(world.now());
            self.driver.looked(Some(world.inbox()));
        } else if let Some(reply) = self.late.take() {
            self.driver.replied(reply, world.now());
        } else if world.flip() && world.others_act() {
            self.driver.expect_more();
        } else if !self.woken.take() && !world.knock() {
            self.let_time_pass(at);
        }
        None
    }

    fn let_time_pass(&self, at: Option<Timestamp>) {
        let world = self.world;
        if world.tell_of_cancel(&self.driver) {
            return;
        }
        if let Some(at) = at {
            world.set_clock(at.max(world.now()));
        } else {
            assert!(world.others_act(), "nothing comes\n{}", world.history());
            self.driver.expect_more();
        }
    }
}

/// Notes that it was woken.
#[derive(Default)]
struct Flag(AtomicBool);

impl Flag {
    fn take(&self) -> bool {
        self.0.swap(false, Ordering::AcqRel)
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}
