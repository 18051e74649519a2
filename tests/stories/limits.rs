//! How many runs execute at once, and in which order the others follow.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use insta::assert_snapshot;
use tokio::sync::{Notify, Semaphore};
use workflow_core::prelude::*;
use workflow_core::{RunHandle, RunStatus};
use workflow_tests::story::{PATIENCE, Stage};

/// A shop that serves a customer for as long as the test wants.
#[derive(Clone)]
struct Shop(Arc<Counter>);

struct Counter {
    may_leave: Semaphore,
    inside: AtomicUsize,
    most: AtomicUsize,
    entered: Mutex<Vec<String>>,
    changed: Notify,
}

impl Shop {
    fn open() -> Self {
        Self(Arc::new(Counter {
            may_leave: Semaphore::new(0),
            inside: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            entered: Mutex::default(),
            changed: Notify::new(),
        }))
    }

    async fn serve(&self, who: &str) -> Result<()> {
        self.enter(who);
        let counter = &self.0;
        counter.may_leave.acquire().await?.forget();
        counter.inside.fetch_sub(1, Ordering::Relaxed);
        Ok(())
    }

    fn enter(&self, who: &str) {
        let counter = &self.0;
        let inside = counter.inside.fetch_add(1, Ordering::Relaxed) + 1;
        counter.most.fetch_max(inside, Ordering::Relaxed);
        let mut entered = counter.entered.lock().expect("nobody panics here");
        entered.push(who.to_owned());
        counter.changed.notify_waiters();
    }

    /// Lets so many customers go.
    fn release(&self, customers: usize) {
        self.0.may_leave.add_permits(customers);
    }

    fn entered(&self) -> Vec<String> {
        self.0.entered.lock().expect("nobody panics here").clone()
    }

    /// Waits until so many customers have entered, and says who.
    async fn wait_for(&self, customers: usize) -> Vec<String> {
        let all = async {
            loop {
                let changed = self.0.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                let entered = self.entered();
                if entered.len() >= customers {
                    return entered;
                }
                changed.await;
            }
        };
        let entered = tokio::time::timeout(PATIENCE, all).await;
        entered.unwrap_or_else(|_| panic!("only {:?} entered", self.entered()))
    }
}

#[workflow]
async fn visit(who: String, #[resource] shop: &Shop) -> Result<()> {
    step!("serve", shop.serve(&who)).await?;
    Ok(())
}

#[workflow]
async fn return_later(who: String, #[resource] shop: &Shop) -> Result<()> {
    sleep!("wait", "10 s").await;
    step!("serve", shop.serve(&who)).await?;
    Ok(())
}

#[workflow]
async fn look_in(who: String, #[resource] shop: &Shop) -> Result<()> {
    step!("serve", shop.serve(&who)).await?;
    Ok(())
}

async fn ended(run: &RunHandle<()>) {
    let result = tokio::time::timeout(PATIENCE, run.result()).await;
    result.expect("it ends").expect("it completes");
}

/// Starts a visit.
async fn visits(engine: &Engine, who: &str) -> RunHandle<()> {
    let run = engine.start(visit, who, who.to_owned()).await;
    run.expect("it starts or is queued")
}

#[tokio::test]
async fn runs_over_the_limit_are_queued_and_follow_first_in_first_out() {
    let stage = Stage::manual();
    let shop = Shop::open();
    let builder = stage.builder().resource(shop.clone()).workflow(visit);
    let engine = builder.max_concurrent(1).start().await.expect("it starts");
    let first = visits(&engine, "ann").await;
    stage.clock.advance(Duration::from_millis(1));
    let second = visits(&engine, "bob").await;
    assert_eq!(first.status().await, Ok(RunStatus::Running));
    assert_eq!(second.status().await, Ok(RunStatus::Queued));
    assert_eq!(engine.health().runs_executing, 1);
    shop.release(2);
    ended(&second).await;
    assert_eq!(shop.entered(), ["ann", "bob"]);
    assert_snapshot!(stage.told(engine).await, @r"
    1 workflow.started
    2 step.started serve#1
    3 step.completed serve#1 durationMs=1 totalMs=1
    4 workflow.completed completedSteps=[serve] durationMs=1
    --
    1 workflow.queued
    2 workflow.started
    3 step.started serve#1
    4 step.completed serve#1 durationMs=0 totalMs=0
    5 workflow.completed completedSteps=[serve] durationMs=0
    ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn never_more_runs_execute_than_the_limit_and_all_come_through_in_order() {
    const RUNS: usize = 60;
    let stage = Stage::manual();
    let shop = Shop::open();
    let builder = stage.builder().resource(shop.clone()).workflow(visit);
    let engine = builder.max_concurrent(3).start().await.expect("it starts");
    let mut runs = Vec::new();
    let names: Vec<_> = (0..RUNS).map(|n| format!("{n:02}")).collect();
    for who in &names {
        runs.push(visits(&engine, who).await);
    }
    for n in 1..=RUNS {
        let entered = shop.wait_for(n.min(RUNS)).await;
        // Those inside at the same time may enter in any order.
        let mut so_far = entered[..n].to_vec();
        so_far.sort();
        let late = so_far.last().expect("somebody entered");
        assert!(*late <= names[(n + 2).min(RUNS - 1)], "{entered:?}");
        shop.release(1);
    }
    for run in &runs {
        ended(run).await;
    }
    assert_eq!(shop.0.most.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_run_that_waits_takes_nobodys_place_and_wakes_in_its_turn() {
    let stage = Stage::manual();
    let shop = Shop::open();
    let builder = stage.builder().resource(shop.clone());
    let builder = builder.workflow(visit).workflow(return_later);
    let engine = builder.max_concurrent(1).start().await.expect("it starts");
    let sleeper = engine.start(return_later, "ann", "ann".to_owned());
    let sleeper = sleeper.await.expect("it starts");
    stage.wait_for("workflow.paused");
    let inside = visits(&engine, "bob").await;
    shop.wait_for(1).await;
    assert_eq!(inside.status().await, Ok(RunStatus::Running));
    // It is due while somebody else is inside, and before the next one comes.
    stage.clock.advance(Duration::from_secs(10));
    stage.clock.advance(Duration::from_secs(1));
    let last = visits(&engine, "carl").await;
    assert_eq!(sleeper.status().await, Ok(RunStatus::Waiting));
    shop.release(3);
    ended(&last).await;
    ended(&sleeper).await;
    assert_eq!(shop.entered(), ["bob", "ann", "carl"]);
}

#[tokio::test]
async fn memory_is_bounded_however_many_runs_are_started() {
    let stage = Stage::manual();
    let shop = Shop::open();
    let builder = stage.builder().resource(shop.clone()).workflow(visit);
    let engine = builder.in_memory_max(3).start().await.expect("it starts");
    let mut runs = Vec::new();
    for customer in 0..12 {
        runs.push(visits(&engine, &format!("customer {customer}")).await);
        assert!(engine.health().runs_in_memory <= 3);
    }
    let census = engine.census().await.expect("readable");
    assert_eq!(census.count(RunStatus::Queued), 9);
    shop.release(12);
    for run in &runs {
        ended(run).await;
    }
    assert_eq!(shop.0.most.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn runs_that_wait_leave_half_of_memory_to_those_that_execute() {
    let stage = Stage::manual();
    let shop = Shop::open();
    let builder = stage.builder().resource(shop.clone());
    let builder = builder.workflow(visit).workflow(return_later);
    let engine = builder.in_memory_max(6).start().await.expect("it starts");
    let mut runs = Vec::new();
    for customer in 0..12 {
        let who = format!("customer {customer}");
        let run = engine.start(return_later, who.clone(), who).await;
        let run = run.expect("it starts");
        let rests = async {
            while run.status().await != Ok(RunStatus::Waiting) {
                tokio::task::yield_now().await;
            }
            while engine.health().runs_executing > 0 || engine.health().runs_in_memory > 3 {
                tokio::task::yield_now().await;
            }
        };
        let rests = tokio::time::timeout(PATIENCE, rests).await;
        rests.expect("it waits, and no more than half are kept");
        runs.push(run);
    }
    shop.release(12);
    stage.clock.advance(Duration::from_secs(10));
    for run in &runs {
        ended(run).await;
    }
    assert!(shop.0.most.load(Ordering::Relaxed) <= 6);
}

#[tokio::test]
async fn a_limit_of_one_workflow_holds_up_no_other() {
    let stage = Stage::manual();
    let shop = Shop::open();
    let builder = stage.builder().resource(shop.clone());
    let builder = builder.workflow_limited(visit, 1).workflow(look_in);
    let engine = builder.max_concurrent(3).start().await.expect("it starts");
    let mut runs = Vec::new();
    for who in ["ann", "bob", "carl"] {
        runs.push(visits(&engine, who).await);
    }
    for who in ["dora", "emil"] {
        let run = engine.start(look_in, who, who.to_owned()).await;
        runs.push(run.expect("it starts"));
    }
    let entered = shop.wait_for(3).await;
    assert_eq!(entered, ["ann", "dora", "emil"]);
    assert_eq!(runs[1].status().await, Ok(RunStatus::Queued));
    shop.release(5);
    for run in &runs {
        ended(run).await;
    }
    assert_eq!(shop.entered()[3..], ["bob", "carl"]);
}

#[tokio::test]
async fn the_queue_survives_the_engine() {
    let stage = Stage::manual();
    let shop = Shop::open();
    let builder = || {
        let builder = stage.builder().resource(shop.clone()).workflow(visit);
        builder.max_concurrent(1)
    };
    let engine = builder().start().await.expect("it starts");
    for who in ["ann", "bob", "carl", "dora"] {
        visits(&engine, who).await;
    }
    shop.wait_for(1).await;
    engine.shutdown(Duration::from_millis(10)).await;
    let engine = builder().start().await.expect("it starts");
    shop.wait_for(2).await;
    let last = visits(&engine, "emil").await;
    shop.release(5);
    ended(&last).await;
    assert_eq!(
        shop.entered(),
        ["ann", "ann", "bob", "carl", "dora", "emil"]
    );
}
