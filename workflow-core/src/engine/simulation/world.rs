//! One simulated history: a store, a clock, chance, and what the steps did to the world outside.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use workflow_tracker::{Event, EventLog as _, ReadLane, Timestamp};

use super::bodies::{self, Ctx, Output};
use super::course::{Course, Went};
use super::faults::Faults;
use super::others::Others;
use crate::engine::driver::{BoxRun, ClaimCell, Driver, Finish, Free, Hold, Todo};
use crate::engine::whole;
use crate::id::{Chance, RunId};
use crate::journal::Past;
use crate::resources::Resources;
use crate::run::{Conclusion, End, First, RunState};
use crate::scope::{Driven, Execution, Run, RunToken, TrackerGuard, Workflow};
use crate::showing::{Showing, Value};
use crate::spec::Spec;
use crate::store::{
    CommitResult, MemoryStore, NewRow, NewRun, NewStatus, ReadRows, Request, Row, RunCommit,
    RunKey, RunNo, RunRecord, RunStatus, Store,
};
use crate::testing::TestClock;
use crate::time::Clock as _;

/// After so many executions a run should long have ended.
const ROUNDS_MAX: u32 = 1000;

/// What steps do to the world outside of the run; it survives crashes.
#[derive(Default)]
pub(super) struct Effects {
    chance: Mutex<Option<fastrand::Rng>>,
    /// How often the code of each step began, over all executions.
    began: Mutex<HashMap<String, u32>>,
    ended: Mutex<HashMap<String, u32>>,
    /// How many attempts of each step are durable.
    started: Mutex<HashMap<String, u32>>,
    violations: Mutex<Vec<String>>,
    knock: Mutex<Knock>,
}

/// Something outside of the run that wakes its body.
#[derive(Default)]
enum Knock {
    #[default]
    Nobody,
    Waiting(Vec<Waker>),
    Knocked,
}

impl Effects {
    /// A number below `limit`.
    pub(super) fn chance(&self, limit: u32) -> u32 {
        lock(&self.chance)
            .as_mut()
            .map_or(0, |rng| rng.u32(..limit))
    }

    /// Ends once somebody knocks; for good.
    pub(super) fn knock(&self) -> impl Future<Output = ()> {
        std::future::poll_fn(|cx| {
            let mut knock = lock(&self.knock);
            match &mut *knock {
                Knock::Knocked => return Poll::Ready(()),
                Knock::Nobody => *knock = Knock::Waiting(vec![cx.waker().clone()]),
                Knock::Waiting(wakers) => wakers.push(cx.waker().clone()),
            }
            Poll::Pending
        })
    }

    /// Wakes whoever waits for it; true where somebody does.
    fn do_knock(&self) -> bool {
        let knock = std::mem::replace(&mut *lock(&self.knock), Knock::Knocked);
        match knock {
            Knock::Waiting(wakers) => {
                wakers.into_iter().for_each(Waker::wake);
                true
            }
            Knock::Nobody | Knock::Knocked => false,
        }
    }

    /// A step's code begins: an attempt that is durable, once.
    pub(super) fn began(&self, id: &str) {
        let mut began = lock(&self.began);
        let began = began.entry(id.to_owned()).or_default();
        *began += 1;
        let started = lock(&self.started).get(id).copied().unwrap_or_default();
        if *began > started {
            let times = format!("`{id}` ran {began} times, and {started} attempts are recorded");
            lock(&self.violations).push(times);
        }
    }

    /// These rows are durable.
    fn recorded(&self, rows: &[NewRow]) {
        for row in rows {
            let event = Event::from_fields(row.event_type, &row.fields);
            if let Ok(Event::StepStarted(step)) = event {
                let key = step.identity.key.unwrap_or_default();
                let id = format!("{}{key}", step.step_name);
                *lock(&self.started).entry(id).or_default() += 1;
            }
        }
    }

    /// A step's code ends: how often it has, over all executions.
    pub(super) fn ended(&self, id: &str) -> u32 {
        let mut ended = lock(&self.ended);
        let count = ended.entry(id.to_owned()).or_default();
        *count += 1;
        *count
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One simulated history of one run.
pub(super) struct World {
    body: &'static str,
    pub(super) store: Arc<MemoryStore>,
    clock: TestClock,
    resources: Arc<Resources>,
    effects: Arc<Effects>,
    chance: Mutex<fastrand::Rng>,
    epoch: Cell<u64>,
    commits: Arc<AtomicUsize>,
    others: Others,
    /// A cancel was accepted.
    pub(super) cancelled: Cell<bool>,
    /// Whoever drives the run has heard of it.
    pub(super) told: Cell<bool>,
    /// A process that was taken for dead.
    pub(super) stalled: RefCell<Option<Driver>>,
}

pub(super) struct Simulated;

const SPEC: &Spec = &Spec::__new("simulated", None, &[], &[], &[], "body.rs", 1, false);

impl Workflow for Simulated {
    type Input = (String,);
    type Output = Output;
    const SPEC: &'static Spec = SPEC;

    fn run(token: RunToken<'_>, (body,): (String,)) -> Run<'_, Output> {
        Run::new(async move {
            let guard = TrackerGuard::open(token, SPEC);
            let ctx = Ctx {
                scope: guard.scope(),
                effects: guard.resource::<Effects>(),
            };
            let closed = match guard.drive(bodies::run(&body, ctx)).await {
                Driven::Returned(Ok(output)) => guard.completed::<Self>(output),
                Driven::Returned(Err(error)) => {
                    guard.failed(crate::error::Failure::of_error(&error, "StepError"))
                }
                Driven::Panicked(panic) => guard.panicked(panic),
                Driven::Interrupted(why) => guard.interrupted(why),
            };
            guard.flush(closed).await
        })
    }
}

impl World {
    pub(super) fn new(body: &'static str, seed: u64) -> Self {
        let mut chance = fastrand::Rng::with_seed(seed);
        let effects = Arc::new(Effects::default());
        *lock(&effects.chance) = Some(chance.fork());
        let mut resources = Resources::default();
        resources.insert(Arc::clone(&effects));
        Self {
            body,
            store: Arc::new(MemoryStore::new()),
            clock: TestClock::manual(),
            resources: Arc::new(resources),
            effects,
            chance: Mutex::new(chance),
            epoch: Cell::new(1),
            commits: Arc::new(AtomicUsize::new(0)),
            others: Others::of(body, seed),
            cancelled: Cell::new(false),
            told: Cell::new(false),
            stalled: RefCell::new(None),
        }
    }

    /// The same run, with other code.
    pub(super) fn with_body(self, body: &'static str) -> Self {
        Self { body, ..self }
    }

    pub(super) fn commits(&self) -> usize {
        self.commits.load(Ordering::Relaxed)
    }

    /// Runs with crashes at chosen moments until the run has ended, and checks the history.
    pub(super) fn run_with_faults(&self) -> Result<(), String> {
        for round in 0..ROUNDS_MAX {
            // The last crash may have come right after the commit that ended the run.
            let status = self.record().map(|record| record.status);
            if status.is_some_and(RunStatus::is_terminal) {
                break;
            }
            let faults = Faults::draw(&mut lock(&self.chance), round);
            match self.execute(faults) {
                Went::Crashed => self.epoch.set(self.epoch.get() + 1),
                Went::NotStored => {}
                Went::Finished(Finish::Flushed { end, .. }) => match end {
                    End::Completed | End::Failed | End::Cancelled => break,
                    End::Parked => self.wake(),
                    other => return Err(format!("the execution ended as {other:?}")),
                },
                Went::Finished(Finish::Exists(_)) => {
                    return Err("the run exists already".to_owned());
                }
            }
        }
        self.check()
    }

    pub(super) fn run_without_faults(&self) {
        assert!(matches!(self.execute(Faults::default()), Went::Finished(_)));
    }

    /// Dies instead of making the commit after so many.
    pub(super) fn run_until_commits(&self, commits: usize) {
        let faults = Faults {
            crash_after: Some(commits),
            ..Faults::default()
        };
        assert!(matches!(self.execute(faults), Went::Crashed));
        self.epoch.set(self.epoch.get() + 1);
    }

    /// The reason for which the run is blocked.
    pub(super) fn run_to_a_block(&self) -> String {
        match self.execute(Faults::default()) {
            Went::Finished(Finish::Flushed {
                conclusion: Some(Conclusion::Blocked { reason }),
                ..
            }) => reason,
            _ => panic!("the run is not blocked\n{}", self.history()),
        }
    }

    /// Moves the clock to when the parked run is due; somebody else may act before.
    fn wake(&self) {
        while self.flip() && self.others.act(&self.store, &self.clock) {}
        loop {
            if let Some(due) = self.record().and_then(|record| record.wake_at) {
                self.clock.set(due.max(self.clock.now()));
                return;
            }
            assert!(
                self.others.act(&self.store, &self.clock),
                "a parked run has an instant, or something comes\n{}",
                self.history()
            );
        }
    }

    pub(super) fn flip(&self) -> bool {
        lock(&self.chance).bool()
    }

    pub(super) fn inbox(&self) -> Vec<Request> {
        now_or_never(self.store.inbox(RunNo(1))).expect("memory works")
    }

    fn execute(&self, faults: Faults) -> Went {
        let driver = match self.record() {
            None => self.create(),
            Some(record) => self.resume(&record),
        };
        // Whoever drives from now on has not heard of the cancel.
        self.told.set(false);
        Course::new(self, faults, driver).run()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn set_clock(&self, instant: Timestamp) {
        self.clock.set(instant);
    }

    /// A number below `limit`.
    pub(super) fn below(&self, limit: u64) -> u64 {
        lock(&self.chance).u64(..limit)
    }

    pub(super) fn one_in(&self, of: u64) -> bool {
        self.below(of) == 0
    }

    /// Others send a signal or end a child; false where they have nothing to do.
    pub(super) fn others_act(&self) -> bool {
        self.others.act(&self.store, &self.clock)
    }

    /// Somebody knocks; true where that wakes the run.
    pub(super) fn knock(&self) -> bool {
        self.effects.do_knock()
    }

    pub(super) fn violated(&self, what: &str) {
        lock(&self.effects.violations).push(what.to_owned());
    }

    pub(super) fn create(&self) -> Driver {
        let input = format!("[\"{}\"]", self.body).into_bytes();
        let now = self.clock.now();
        let mut chance = self.fork();
        let run_id = RunId::from(chance.uuid(now));
        let state = RunState::begin(
            run_id,
            chance,
            now,
            First::Created {
                input: Value::unseen(input),
                showing: Showing::default(),
            },
        );
        let hold = Hold::New(Box::new(NewRun {
            run_id,
            workflow: SPEC.name.into(),
            version: None,
            user_id: Some("one".to_owned()),
            input_digest: [0; 32],
            fingerprint: 0,
            lane: 0,
            status: NewStatus::Claimed {
                epoch: self.epoch.get(),
            },
        }));
        self.driver(state, hold)
    }

    fn resume(&self, record: &RunRecord) -> Driver {
        let past = Past::read(self.rows()).unwrap_or_else(|error| panic!("{error}"));
        let mut state = RunState::resume(record.run_id, self.fork(), self.clock.now(), past);
        state.resumed(
            self.clock.now(),
            workflow_tracker::events::ResumeCause::Crash,
        );
        let hold = Hold::Free(Free {
            run: record.run,
            execution: record.execution,
            epoch: self.epoch.get(),
            fingerprint: 0,
            crashes: None,
        });
        self.driver(state, hold).claim_first()
    }

    fn driver(&self, state: RunState, hold: Hold) -> Driver {
        let clock = Arc::new(self.clock.clone());
        let resources = Arc::clone(&self.resources);
        let execution = Arc::new(Execution::new(state, clock, resources, Box::new(|| {})));
        let token = RunToken::new(Arc::clone(&execution));
        let run = Simulated::run(token, (self.body.to_owned(),));
        let run: BoxRun = Box::pin(async move {
            let _finished = run.await;
        });
        let park_from = std::time::Duration::from_secs(60);
        Driver::new(run, execution, hold, ClaimCell::default(), park_from)
    }

    fn fork(&self) -> Chance {
        Chance::seeded(lock(&self.chance).u64(..))
    }

    pub(super) fn commit(&self, commit: RunCommit) -> CommitResult {
        self.commits.fetch_add(1, Ordering::Relaxed);
        let rows = Arc::clone(&commit.rows);
        let reply = self.raw_commit(commit);
        if reply.is_ok() {
            self.effects.recorded(&rows);
        }
        reply
    }

    pub(super) fn record(&self) -> Option<RunRecord> {
        now_or_never(self.store.run(RunKey::No(RunNo(1)))).expect("memory works")
    }

    fn rows(&self) -> Vec<Row> {
        now_or_never(self.store.rows(ReadRows {
            run: RunNo(1),
            after: 0,
            rows_max: usize::MAX,
        }))
        .expect("memory works")
    }

    /// Checks what must be true of every history.
    fn check(&self) -> Result<(), String> {
        if let Some(violation) = lock(&self.effects.violations).first() {
            return Err(violation.clone());
        }
        let status = self.record().map(|record| record.status);
        let is_cancelled = status == Some(RunStatus::Cancelled);
        if !status.is_some_and(RunStatus::is_terminal) || is_cancelled != self.cancelled.get() {
            let cancelled = self.cancelled.get();
            return Err(format!("the run is {status:?}; cancelled: {cancelled}"));
        }
        let rows = self.rows();
        whole::check(&rows)?;
        self.check_delivery(&rows)?;
        self.others.check(&self.store, &rows)?;
        if is_cancelled {
            return Ok(());
        }
        self.check_replay(rows)
    }

    /// What is delivered are the rows, each once, in their order.
    fn check_delivery(&self, rows: &[Row]) -> Result<(), String> {
        let mut read = ReadLane::new(0, 0);
        read.events_max = usize::MAX;
        read.bytes_max = usize::MAX;
        let events = now_or_never(self.store.read(read)).map_err(|error| error.to_string())?;
        let run = self.record().map(|record| record.run_id.as_uuid());
        let own = events.iter().filter(|event| Some(event.run_id) == run);
        let delivered: Vec<_> = own.map(|event| event.event_id).collect();
        let recorded: Vec<_> = rows.iter().map(|row| row.event_id).collect();
        if delivered == recorded {
            Ok(())
        } else {
            Err("the events are not the rows".to_owned())
        }
    }

    /// A replay of the whole history returns what was recorded and asks for nothing new.
    fn check_replay(&self, mut rows: Vec<Row>) -> Result<(), String> {
        let outcome = rows
            .pop()
            .map(|row| (row.event_type, row.fields, row.payload));
        let past = Past::read(rows).map_err(|error| error.to_string())?;
        let run_id = RunId::from(uuid::Uuid::nil());
        let state = RunState::resume(run_id, self.fork(), self.clock.now(), past);
        let hold = Hold::Free(Free {
            run: RunNo(1),
            execution: 0,
            epoch: 0,
            fingerprint: 0,
            crashes: None,
        });
        let mut driver = self.driver(state, hold);
        let waker = Waker::noop();
        let Todo::Commit(commit) = driver.poll(waker, self.clock.now()) else {
            return Err("a replay of the whole log does not return".to_owned());
        };
        let [row] = commit.rows.as_slice() else {
            return Err(format!("a replay of the whole log adds {:?}", commit.rows));
        };
        let same_payload = outcome.as_ref().is_some_and(|(event_type, _, payload)| {
            *event_type == row.event_type && *payload == row.payload
        });
        if same_payload {
            Ok(())
        } else {
            Err(format!("a replay returns {row:?} and not {outcome:?}"))
        }
    }

    /// The log, a line a row.
    pub(super) fn history(&self) -> String {
        self.rows().iter().map(line).collect()
    }

    /// The last row.
    pub(super) fn last_line(&self) -> String {
        let row = now_or_never(self.store.last_row(RunNo(1))).expect("memory works");
        line(&row.expect("the run has rows"))
    }
}

fn line(row: &Row) -> String {
    let Row { seq, turn, .. } = row;
    format!("{seq:3} t{turn} {} {}\n", row.event_type, row.fields)
}

/// The value of a future that is ready: the store in memory never waits.
pub(super) fn now_or_never<T>(mut future: workflow_tracker::BoxFuture<'_, T>) -> T {
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the store in memory never waits"),
    }
}
