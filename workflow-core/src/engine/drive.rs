//! Runs a driver on tokio: the only place where a run's commits are awaited.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::sync::oneshot;
use workflow_tracker::{BoxFuture, Timestamp};

use super::core::Core;
use super::driver::{Driver, Finish, Todo};
use super::health::Concern;
use super::mailbox::{Mail, Mailbox};
use super::reach::Reach;
use super::slots::Slot;
use crate::run::{End, Interrupt};
use crate::store::{
    CommitResult, Committed, Refused, Request, RunCommit, RunNo, RunRecord, StoreError,
};

/// After so long without a wake-up a replay that waits for a foreign future is blocked.
const STALL_MAX: Duration = Duration::from_secs(60);
/// The longest pause between two tries of a commit.
const BACKOFF_MAX: Duration = Duration::from_secs(5);
/// How long a run is kept after the last thing that came, for the next one: whoever has parked is
/// replayed for each child that ends and each signal.
const PATIENCE: Duration = Duration::from_secs(1);
const BACKOFF_MIN: Duration = Duration::from_millis(5);

/// What became of the commit with which a run starts.
pub(super) type Started = Result<StartedRun, StoreError>;

/// A run after its first commit.
pub(super) enum StartedRun {
    /// It was created, and is driven here.
    Created(RunNo),
    /// It existed already.
    Exists(Box<RunRecord>),
}

/// The task that drives one run.
pub(super) struct Drive {
    core: Arc<Core>,
    driver: Driver,
    /// The right to execute, while the run does.
    slot: Slot,
    started: Option<oneshot::Sender<Started>>,
    commit: Option<BoxFuture<'static, Result<CommitResult, StoreError>>>,
    /// The pause after a commit that failed, and the next one's length.
    backoff: Option<BoxFuture<'static, ()>>,
    backoff_next: Duration,
    /// The inbox, as it is being read.
    look: Option<BoxFuture<'static, Option<Vec<Request>>>>,
    timer: Option<(Timestamp, BoxFuture<'static, ()>)>,
    /// How much longer the run is kept while it waits for others.
    patience: Option<BoxFuture<'static, ()>>,
    /// What the commit under way does to other runs.
    reach: Reach,
    parent: Option<RunNo>,
    /// The wait of a replay that is stalled, since the body was polled for so many times.
    stall: Option<(u64, BoxFuture<'static, ()>)>,
    // After `driver`: the guard gives the claim back before the run leaves memory.
    presence: Presence,
}

/// A run that is in memory, for as long as its task lives.
struct Presence {
    core: Arc<Core>,
    mailbox: Arc<Mailbox>,
    /// Its number; a new run has none before its first commit.
    run: Option<RunNo>,
    /// When the scheduler has to look for it, once it has left.
    look_at: Option<Timestamp>,
}

impl Drop for Presence {
    fn drop(&mut self) {
        if let Some(run) = self.run {
            self.core.health.recovered(Concern::Run(run));
            self.core.left(run, &self.mailbox);
        }
        if let Some(at) = self.look_at {
            self.core.look_at(at);
        }
    }
}

impl Drive {
    pub(super) fn new(
        core: Arc<Core>,
        mut driver: Driver,
        mailbox: Arc<Mailbox>,
        slot: Slot,
        run: Option<RunNo>,
        started: Option<oneshot::Sender<Started>>,
    ) -> Self {
        driver.set_patient(true);
        Self {
            presence: Presence {
                core: Arc::clone(&core),
                mailbox,
                run,
                look_at: None,
            },
            core,
            driver,
            slot,
            started,
            commit: None,
            backoff: None,
            backoff_next: BACKOFF_MIN,
            look: None,
            timer: None,
            patience: None,
            reach: Reach::default(),
            parent: None,
            stall: None,
        }
    }

    /// Takes the letters; true where the task has to stop now.
    fn read_mail(&mut self, cx: &Context<'_>) -> bool {
        for mail in self.presence.mailbox.receive(cx.waker()) {
            match mail {
                Mail::Cancel { reason } => self.driver.interrupt(Interrupt::Cancelled { reason }),
                Mail::Inbox => {
                    self.patience = None;
                    self.driver.expect_more();
                }
                Mail::Drain => self.driver.drain(),
                Mail::Stop => return true,
            }
        }
        false
    }

    /// The same for a child of this run.
    pub(super) const fn of_parent(mut self, parent: Option<RunNo>) -> Self {
        self.parent = parent;
        self
    }

    /// Reads the inbox, where the run wants that; ready when it was read.
    fn poll_look(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let (None, Some(run)) = (&self.look, self.presence.run)
            && self.driver.wants_look()
        {
            self.driver.begin_look(self.core.clock.now());
            let core = Arc::clone(&self.core);
            self.look = Some(Box::pin(async move { core.read_inbox(run).await }));
        }
        let Some(look) = &mut self.look else {
            return Poll::Pending;
        };
        let inbox = ready!(look.as_mut().poll(cx));
        self.look = None;
        self.driver.looked(inbox);
        Poll::Ready(())
    }

    fn start_commit(&mut self, commit: RunCommit) {
        self.reach = Reach::of(&commit);
        let core = Arc::clone(&self.core);
        self.commit = Some(Box::pin(async move {
            let mut results = core.store.commit(vec![commit]).await?;
            match results.pop() {
                Some(Err(Refused::Failed(error))) => Err(error),
                Some(reply) => Ok(reply),
                None => unreachable!("a store answers every commit of a group"),
            }
        }));
    }

    /// Waits for the commit under way; false where the run cannot start.
    fn poll_commit(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StoreError>> {
        if let Some(backoff) = &mut self.backoff {
            ready!(backoff.as_mut().poll(cx));
            self.backoff = None;
            let now = self.core.clock.now();
            if let Some(commit) = self.driver.commit_again(now) {
                self.start_commit(commit);
            }
        }
        let Some(commit) = &mut self.commit else {
            return Poll::Ready(Ok(()));
        };
        let reply = ready!(commit.as_mut().poll(cx));
        self.commit = None;
        match reply {
            Ok(reply) => {
                self.replied(reply);
                Poll::Ready(Ok(()))
            }
            Err(error) if self.driver.is_new() => Poll::Ready(Err(error)),
            Err(error) if !error.kind().is_temporary() && !self.core.is_stopped() => {
                self.give_up(&error);
                Poll::Ready(Ok(()))
            }
            Err(error) => {
                if let Some(run) = self.presence.run {
                    self.core.health.failed(Concern::Run(run), &error);
                }
                self.backoff = Some(self.core.ticker.pause(self.backoff_next));
                self.backoff_next = (self.backoff_next * 2).min(BACKOFF_MAX);
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    /// A commit that will fail however often it is repeated: the run is blocked, by a task that
    /// outlives this execution.
    fn give_up(&mut self, error: &StoreError) {
        let claim = self.driver.claim();
        self.replied(Err(Refused::Fenced));
        if let Some(run) = self.presence.run {
            let core = Arc::clone(&self.core);
            let why = error.to_string();
            tokio::spawn(async move { core.block_unwritable(run, claim, &why).await });
        }
    }

    fn replied(&mut self, reply: CommitResult) {
        self.backoff_next = BACKOFF_MIN;
        if let Some(run) = self.presence.run {
            self.core.health.recovered(Concern::Run(run));
        }
        let was_new = self.driver.is_new();
        if let Ok(committed) = reply {
            self.created(committed);
            self.driver.replied(Ok(committed), self.core.clock.now());
            self.core.told(committed, self.driver.claim().is_none());
            self.core.reached(self.reach, self.parent);
        } else {
            self.driver.replied(reply, self.core.clock.now());
        }
        if !was_new || self.presence.run.is_some() {
            self.presence.mailbox.set_free(self.driver.is_free());
        }
    }

    /// The first commit of a new run is durable.
    fn created(&mut self, committed: Committed) {
        let run = committed.claim.run;
        if self.presence.run.replace(run).is_none() {
            self.core.enter(run, Arc::clone(&self.presence.mailbox));
            // Whatever came before the run was here told nobody.
            self.driver.expect_more();
        }
        if let Some(started) = self.started.take() {
            // Whoever asked may have gone; the run goes on.
            let _ = started.send(Ok(StartedRun::Created(run)));
        }
    }

    fn arm_timer(&mut self, at: Option<Timestamp>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(at) = at else {
            self.timer = None;
            return Poll::Pending;
        };
        if self.timer.as_ref().is_none_or(|(armed, _)| *armed != at) {
            let clock = Arc::clone(&self.core.clock);
            let sleep = Box::pin(async move { clock.sleep_until(at).await });
            self.timer = Some((at, sleep));
        }
        let Some((_, timer)) = &mut self.timer else {
            return Poll::Pending;
        };
        ready!(timer.as_mut().poll(cx));
        self.timer = None;
        Poll::Ready(())
    }

    /// Ready when the run is kept no longer for what others may send.
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.core.keeps_waiting_runs() {
            let ticker = &self.core.ticker;
            let patience = self.patience.get_or_insert_with(|| ticker.pause(PATIENCE));
            ready!(patience.as_mut().poll(cx));
        }
        self.patience = None;
        self.driver.set_patient(false);
        Poll::Ready(())
    }

    /// A replay waits for something foreign: blocks the run when nothing wakes it for too long.
    fn poll_stall(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let polls = self.driver.polls();
        if self.stall.as_ref().is_none_or(|(since, _)| *since != polls) {
            if self.stall.is_none() {
                tracing::warn!(
                    target: "workflow_core",
                    run = self.presence.run.map(|run| run.0),
                    "the replay of a run waits for something that is no operation; it is blocked \
                     after 60 s"
                );
                self.presence.mailbox.set_stalled(true);
            }
            self.stall = Some((polls, self.core.ticker.pause(STALL_MAX)));
        }
        if let Some((_, stall)) = &mut self.stall {
            ready!(stall.as_mut().poll(cx));
        }
        self.go_on();
        self.driver.block_stuck();
        Poll::Ready(())
    }

    fn go_on(&mut self) {
        if self.stall.take().is_some() {
            self.presence.mailbox.set_stalled(false);
        }
    }

    /// Tells tests whether the run waits for anything but time.
    #[cfg(any(test, feature = "testing"))]
    fn note_rest(&self) {
        let waits_for_store =
            self.commit.is_some() || self.backoff.is_some() || self.look.is_some();
        let rest = (!waits_for_store).then(|| self.driver.at_rest());
        self.presence.mailbox.set_rest(rest);
    }

    fn finish(&mut self, finish: Finish) {
        match finish {
            Finish::Exists(record) => {
                if let Some(started) = self.started.take() {
                    let _ = started.send(Ok(StartedRun::Exists(record)));
                }
            }
            Finish::Flushed {
                end,
                conclusion,
                wake_at,
            } => {
                self.presence.look_at = wake_at.filter(|_| end == End::Parked);
                if let Some(run) = self.presence.run {
                    self.core.finished(run, end, conclusion);
                }
            }
        }
    }

    fn poll_drive(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.read_mail(cx) {
                return Poll::Ready(());
            }
            if let Poll::Ready(Err(error)) = self.poll_commit(cx) {
                if let Some(started) = self.started.take() {
                    let _ = started.send(Err(error));
                }
                return Poll::Ready(());
            }
            let now = self.core.clock.now();
            if self.driver.wants_to_move(now) && !self.slot.try_hold() {
                self.driver.park(now);
            }
            match self.driver.poll(cx.waker(), now) {
                Todo::Commit(commit) => self.start_commit(commit),
                Todo::Wait(at) => {
                    self.go_on();
                    if self.poll_look(cx).is_ready() {
                        continue;
                    }
                    if self.driver.rests() {
                        self.slot.let_go();
                        if at.is_some() && !self.core.keeps_waiting_runs() {
                            self.driver.park(now);
                            continue;
                        }
                        if self.driver.is_kept_for_others() && self.poll_patience(cx).is_ready() {
                            continue;
                        }
                    }
                    ready!(self.arm_timer(at, cx));
                }
                Todo::Stalled => ready!(self.poll_stall(cx)),
                Todo::Finished(finish) => {
                    self.finish(finish);
                    return Poll::Ready(());
                }
            }
        }
    }
}

impl Future for Drive {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let polled = self.poll_drive(cx);
        #[cfg(any(test, feature = "testing"))]
        self.note_rest();
        polled
    }
}
