//! The process that works in the chaos: it starts runs as it is told, and starts again what the
//! store refused.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use workflow_core::store::{SqliteOptions, SqliteStore};
use workflow_core::tracker::Pace;
use workflow_core::{Engine, RunError, RunHandle, StartError};

use super::{Kind, end, id, nap_ms};
use crate::backlog::memory_kb;
use crate::child::{leave, say};
use crate::lab::{LONG, Site, builder_on};
use crate::world::{errand, journey, nap};

/// Less than others lock the file for.
const PATIENCE: Duration = Duration::from_millis(50);
/// So many runs are seen to their end at once.
const AT_ONCE: usize = 64;

/// Obeys:
///
/// - `start 10 20`: starts the runs from 10 to 19;
/// - `cancel 12`;
/// - `full` and `space`: the disk;
/// - `finish 100`: sees the runs from 0 to 99 to their end;
/// - `leave`.
pub(crate) async fn soak(site: &Site, mut told: UnboundedReceiver<String>) {
    let (engine, store) = begin(site).await;
    let mut starts = JoinSet::new();
    while let Some(order) = told.recv().await {
        let words: Vec<_> = order.split(' ').collect();
        let number = |nth: usize| words[nth].parse::<u64>().expect("a number");
        match words[0] {
            "start" => {
                for number in number(1)..number(2) {
                    let engine = engine.clone();
                    starts.spawn(async move { drop(start(&engine, number).await) });
                }
            }
            "cancel" => {
                let engine = engine.clone();
                let number = number(1);
                starts.spawn(async move { cancel(&engine, number).await });
            }
            "full" => store.set_pages_max(1),
            "space" => store.set_pages_max(u32::MAX - 1),
            "finish" => finish(&engine, number(1)).await,
            "leave" => {
                starts.shutdown().await;
                leave(engine, LONG).await;
                return say(format!("memory {}", memory_kb()));
            }
            _ => panic!("no child knows what `{order}` means"),
        }
    }
}

async fn begin(site: &Site) -> (Engine, Arc<SqliteStore>) {
    let ms = Duration::from_millis;
    let pace = Pace::default().batch_events_max(10);
    let pace = pace.retries(ms(20), ms(200)).probes(ms(50), ms(200));
    let tracker = site.tracker().pace(pace).timeout(ms(2_000));
    loop {
        let store = match SqliteOptions::new()
            .busy_timeout(PATIENCE)
            .open(site.traces().database)
        {
            Ok(store) => Arc::new(store),
            Err(error) => {
                say(format!("not opened: {error}"));
                continue;
            }
        };
        let builder = builder_on(Arc::clone(&store) as _, site.world(), tracker.clone());
        match builder.start().await {
            Ok(engine) => return (engine, store),
            Err(error) => say(format!("not started: {error}")),
        }
    }
}

/// Starts a run, as often as the store refuses; `None` where the engine ends.
async fn start(engine: &Engine, number: u64) -> Option<RunHandle<u64>> {
    loop {
        let started = match Kind::of(number) {
            Kind::Journey => engine.start(journey, id(number), number).await,
            Kind::Nap => engine.start(nap, id(number), nap_ms(number)).await,
            Kind::Errand => engine.start(errand, id(number), number).await,
        };
        match started {
            Ok(run) => return Some(run),
            Err(StartError::Store(_)) => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(StartError::Detached) => return None,
            Err(error) => panic!("run {number}: {error}"),
        }
    }
}

async fn cancel(engine: &Engine, number: u64) {
    let run = match Kind::of(number) {
        Kind::Journey => engine.run(journey, &id(number)).await,
        Kind::Nap => engine.run(nap, &id(number)).await,
        Kind::Errand => engine.run(errand, &id(number)).await,
    };
    // It may not have started yet, and the store may refuse: then it is not cancelled.
    if let Ok(run) = run {
        drop(engine.cancel(run.id(), "chaos".to_owned()).await);
    }
}

async fn finish(engine: &Engine, runs: u64) {
    let mut ends = JoinSet::new();
    for number in 0..runs {
        let engine = engine.clone();
        ends.spawn(async move { finish_one(&engine, number).await });
        if ends.len() >= AT_ONCE {
            joined(&mut ends).await;
        }
    }
    while !ends.is_empty() {
        joined(&mut ends).await;
    }
    say("finished");
}

async fn joined(ends: &mut JoinSet<()>) {
    if let Some(end) = ends.join_next().await {
        end.expect("every run comes to its end");
    }
}

/// Whoever asked waits no longer than for all: runs that lost several processes in a row go one at
/// a time, and after ten minutes of chaos there are more than a thousand of them.
async fn finish_one(engine: &Engine, number: u64) {
    let run = start(engine, number).await.expect("the engine is there");
    match run.result().await {
        Ok(value) => assert_eq!(value, end(number), "run {number}"),
        Err(RunError::Cancelled { .. }) => {}
        Err(error) => panic!("run {number}: {error}"),
    }
}
