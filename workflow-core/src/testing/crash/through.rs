//! One run of a workflow from its start to its end, with a crash on the way or without.

use std::sync::Arc;

use serde::de::IgnoredAny;
use workflow_tracker::{Event, EventType};

use super::super::post::{Post, awaited};
use super::super::process::{Process, Stuck};
use super::super::run::handle;
use super::super::story::Story;
use super::super::world::{Setup, World};
use super::failure::Problem;
use crate::engine::replay::{Recording, Replay};
use crate::engine::whole;
use crate::error::RunError;
use crate::id::RunId;
use crate::scope::{Call, IntoCall};
use crate::store::{Fuse, Row};

/// The id of the run, in every world.
const ID: &str = "crash-everywhere";

/// What a run came to.
#[derive(Debug)]
pub(super) struct Through {
    /// How many commits its first process asked for.
    pub(super) commits: u64,
    /// How many events were there when the process died, if it did.
    pub(super) crashed_after: Option<usize>,
    pub(super) story: Story,
    /// How it ended.
    pub(super) ending: String,
    pub(super) observed: Vec<String>,
    /// What is wrong with it, whatever the others came to.
    pub(super) wrong: Option<Problem>,
    /// What is wrong with a replay of its log.
    pub(super) wrong_replay: Option<Problem>,
}

/// Runs a workflow to its end in a world of its own.
pub(super) async fn go_through<F, M>(
    setup: &Setup,
    fuse: Fuse,
    workflow: F,
    input: F::In,
) -> Through
where
    F: IntoCall<M, In: Clone, Value: Send + 'static> + Copy,
{
    let world = World::new(setup).with_workflow::<<F::Call as Call>::Workflow>();
    let post = &world.post;
    let mut process = world.process(fuse).await;
    let ended = tokio::select! {
        biased;
        ended = end(&process, post, workflow, input.clone()) => Some(ended),
        () = process.fuse.until_blown() => None,
    };
    let commits = process.fuse.commits();
    let mut crashed_after = None;
    let (run, result) = if let Some(ended) = ended {
        ended
    } else {
        process.kill();
        process = world.process(Fuse::default()).await;
        crashed_after = Some(events_so_far(&process).await);
        // Whoever asked for the run got no answer, and asks again.
        end(&process, post, workflow, input).await
    };
    let rows = rows(&process, run).await;
    let waits = awaited(&process.engine, run).await;
    let events = process.engine.events(run).await;
    let events = events.expect("a store in memory works");
    let observed = world.observed();
    let resources = Arc::new(world.resources().clone());
    let recording = process.engine.export(run).await;
    let recording = recording.expect("a store in memory works");
    process.kill();
    let replay = Recording::read(&recording)
        .map(|recording| recording.replay::<<F::Call as Call>::Workflow>(resources));
    let replay = replay.unwrap_or_else(|why| Replay::Diverges(why.to_string()));
    Through {
        commits,
        crashed_after,
        story: Story::new(events, world.began),
        ending: ending(&rows),
        observed,
        wrong: wrong(result, &waits, &rows),
        wrong_replay: wrong_replay(&rows, replay),
    }
}

/// Starts the run, or finds it, and waits for its end.
async fn end<F, M>(
    process: &Process,
    post: &Post,
    workflow: F,
    input: F::In,
) -> (RunId, Result<Result<IgnoredAny, RunError>, Stuck>)
where
    F: IntoCall<M, Value: Send + 'static>,
{
    let id = match process.engine.start(workflow, ID, input).await {
        Ok(run) => run.id(),
        Err(error) => panic!("the run does not start: {error}"),
    };
    let run = handle::<IgnoredAny>(process, id).await;
    let deliver = async || post.deliver(process, id).await;
    (id, process.while_others_act(run.result(), deliver).await)
}

/// How many events the run has, if it is there.
async fn events_so_far(process: &Process) -> usize {
    let runs = process.engine.runs(crate::RunQuery::default()).await;
    let runs = runs.expect("a store in memory works");
    let first = runs.iter().find(|run| run.user_id.as_deref() == Some(ID));
    match first {
        Some(run) => rows(process, run.run_id).await.len(),
        None => 0,
    }
}

async fn rows(process: &Process, run: RunId) -> Vec<Row> {
    let rows = process.engine.rows(run).await;
    rows.expect("a store in memory works")
}

/// How a run ended, as the last row of its log says.
fn ending(rows: &[Row]) -> String {
    let Some(last) = rows.last() else {
        return "nothing was stored".to_owned();
    };
    let output = last.payload.as_deref().map(String::from_utf8_lossy);
    match Event::from_fields(last.event_type, &last.fields) {
        Ok(Event::WorkflowCompleted(_)) => output.unwrap_or_default().into_owned(),
        Ok(Event::WorkflowFailed(failed)) => format!("error: {}", failed.error.message),
        Ok(event) => event.event_type().to_string(),
        Err(error) => error.to_string(),
    }
}

/// What is wrong with a run by itself.
fn wrong(
    result: Result<Result<IgnoredAny, RunError>, Stuck>,
    waits: &[String],
    rows: &[Row],
) -> Option<Problem> {
    match result {
        Err(stuck) => return Some(Problem::Endless(endless(&stuck, waits))),
        Ok(Err(RunError::Blocked { reason })) => return Some(Problem::Diverged(reason)),
        Ok(Ok(_) | Err(_)) => {}
    }
    whole::check(rows).err().map(Problem::Log)
}

/// Why a run does not end.
fn endless(stuck: &Stuck, waits: &[String]) -> String {
    match waits.first() {
        Some(signal) => format!(
            "it waits for the signal `{signal}`, and nobody sends one; give it to the \
             test engine: `.signal(\"{signal}\", value)`, once for each wait"
        ),
        None => stuck.to_string(),
    }
}

/// What is wrong with the replay of a run that ended.
fn wrong_replay(rows: &[Row], replay: Replay) -> Option<Problem> {
    let was_cancelled = rows
        .last()
        .is_some_and(|row| row.event_type == EventType::WorkflowCancelled);
    match replay {
        Replay::Ends => None,
        Replay::GoesOn if was_cancelled => None,
        Replay::GoesOn => Some(Problem::Replay("it does not end".to_owned())),
        Replay::EndsOtherwise(_, found) => Some(Problem::Replay(found)),
        Replay::Diverges(reason) => Some(Problem::Diverged(reason)),
        Replay::Stalls => Some(Problem::Replay(
            "it waits for something that is no operation".to_owned(),
        )),
    }
}
