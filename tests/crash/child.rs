//! The child process: this test program, started again with a role, told things and killed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::io;
use std::ops::Range;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use workflow_core::{Engine, EngineBuilder, RunError, Shutdown, StartError};

use crate::chaos::soak;
use crate::families::{family, raise};
use crate::lab::{LONG, Site, end_of};
use crate::restarts::long_way;
use crate::travel::{start_travels, travel};
use crate::world::{errand, errands_end, poison};
use crate::{backlog, damaged};

/// The environment variable that makes a process a child.
pub(crate) const ROLE: &str = "WORKFLOW_CHILD_ROLE";
/// The name of the test that is the child.
pub(crate) const ENTRY: &str = "child::process";
/// What precedes the words of a child in its output.
pub(crate) const MARK: &str = "<child> ";

/// What a child does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Starts some runs, or finds them, and sees them to their end.
    Travel,
    /// As `Travel`, and keeps no run in memory that waits.
    Park,
    /// Executes, and does what it is told: see [`serve`].
    Serve,
    /// Runs errands, and exits at the moment when the last one has its result.
    Exit,
    /// As `Travel`, with a run that kills the process.
    Poison,
    /// Goes a long way.
    LongWay,
    /// Delivers what it finds.
    Deliver,
    /// Opens the store.
    Open,
    /// Works in the chaos.
    Soak,
    /// Raises a family.
    Family,
}

impl Role {
    const ALL: [Self; 10] = [
        Self::Travel,
        Self::Park,
        Self::Serve,
        Self::Exit,
        Self::Poison,
        Self::LongWay,
        Self::Deliver,
        Self::Open,
        Self::Soak,
        Self::Family,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Travel => "travel",
            Self::Park => "park",
            Self::Serve => "serve",
            Self::Exit => "exit",
            Self::Poison => "poison",
            Self::LongWay => "long-way",
            Self::Deliver => "deliver",
            Self::Open => "open",
            Self::Soak => "soak",
            Self::Family => "family",
        }
    }

    fn from_env() -> Option<Self> {
        let name = std::env::var(ROLE).ok()?;
        let role = Self::ALL.into_iter().find(|role| role.name() == name);
        Some(role.unwrap_or_else(|| panic!("there is no role `{name}`")))
    }
}

/// Not a test: where child processes begin.
#[test]
#[ignore = "the process that other tests start and kill; alone it does nothing"]
fn process() {
    let Some(role) = Role::from_env() else { return };
    let site = Site::from_env();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        let told = orders();
        match role {
            Role::Travel => travel(engine(builder(&site)).await).await,
            Role::Park => travel(engine(builder(&site).park_from("1ms")).await).await,
            Role::Serve => serve(engine(builder(&site)).await, told).await,
            Role::Exit => exit(engine(builder(&site)).await).await,
            Role::Deliver => backlog::run(&site).await,
            Role::Soak => soak(&site, told).await,
            Role::Family => raise(engine(builder(&site).workflow(family)).await).await,
            Role::Open => damaged::open(&site),
            Role::Poison => {
                let engine = engine(builder(&site).max_recoveries(RECOVERIES)).await;
                start_travels(&engine).await;
                let run = engine.start(poison, "poison", 0).await;
                let end = end_of(&run.expect("the poison starts")).await;
                assert!(matches!(end, Err(RunError::Failed(_))), "{end:?}");
                travel(engine).await;
            }
            Role::LongWay => {
                let engine = engine(builder(&site).workflow(long_way)).await;
                let run = engine.start(long_way, "long-way", 0).await;
                end_of(&run.expect("it starts"))
                    .await
                    .expect("it completes");
                leave(engine, LONG).await;
            }
        }
    });
}

/// Says something to the parent.
pub(crate) fn say(words: impl Display) {
    println!("{MARK}{words}");
}

/// What the parent says. A child whose parent is gone ends.
fn orders() -> UnboundedReceiver<String> {
    let (sender, told) = unbounded_channel();
    std::thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
        std::process::exit(3);
    });
    told
}

/// Says each execution of a step.
fn builder(site: &Site) -> EngineBuilder {
    let world = site.world().deadly();
    site.builder(world.telling(|step| say(format!("step {step}"))))
}

async fn engine(builder: EngineBuilder) -> Engine {
    builder.start().await.expect("an engine starts")
}

/// Shuts the engine down; says how many events are left.
pub(crate) async fn leave(engine: Engine, within: Duration) {
    let Shutdown { delivery, .. } = engine.shutdown(within).await;
    match delivery {
        Some(delivery) => say(format!("left {}", delivery.pending())),
        None => say("stood by"),
    }
}

/// How often a run may kill its process again.
pub(crate) const RECOVERIES: u32 = 3;

/// Obeys:
///
/// - `errands 0 8 100`: runs the errands 0 to 7, with inputs from 100 on;
/// - `leave`: shuts down and ends;
/// - SIGTERM: the same, within a second.
async fn serve(engine: Engine, mut told: UnboundedReceiver<String>) {
    let mut terminated = signal(SignalKind::terminate()).expect("signals can be heard");
    say("serving");
    loop {
        let order = tokio::select! {
            _ = terminated.recv() => return leave(engine, Duration::from_secs(1)).await,
            order = told.recv() => order,
        };
        let Some(order) = order else { return };
        match order.split(' ').collect::<Vec<_>>()[..] {
            ["errands", from, to, add] => {
                let number = |text: &str| text.parse::<u64>().expect("a number");
                run_errands(&engine, number(from)..number(to), number(add)).await;
                say("done");
            }
            ["leave"] => return leave(engine, LONG).await,
            _ => panic!("no child knows what `{order}` means"),
        }
    }
}

/// Starts errands one after the other, in any order, `errand-7` with the input 7 and something;
/// waits for all of them. Gives those that are not refused because another process started them
/// with another input.
pub(crate) async fn run_errands(engine: &Engine, numbers: Range<u64>, add: u64) -> BTreeSet<u64> {
    let mut numbers: Vec<_> = numbers.collect();
    fastrand::shuffle(&mut numbers);
    let mut runs = BTreeMap::new();
    for number in numbers {
        match engine
            .start(errand, format!("errand-{number}"), number + add)
            .await
        {
            Ok(run) => drop(runs.insert(number, run)),
            Err(StartError::DifferentInput { .. }) => {}
            Err(error) => panic!("errand {number}: {error}"),
        }
    }
    for (number, run) in &runs {
        assert_eq!(end_of(run).await, Ok(errands_end(number + add)));
    }
    runs.into_keys().collect()
}

/// How many errands there are.
pub(crate) const ERRANDS: u64 = 20;

async fn exit(engine: Engine) {
    run_errands(&engine, 0..ERRANDS, 0).await;
    std::process::exit(0)
}
