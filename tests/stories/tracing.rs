//! Spans of runs and steps, and log lines that are not written twice.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};
use workflow_core::prelude::*;
use workflow_core::tracker::Event;
use workflow_core::{RunEvent, is_replaying};
use workflow_tests::story::{PATIENCE, Stage};

/// Writes down every line with the spans around it.
#[derive(Clone, Default)]
struct Lines(Arc<Book>);

#[derive(Default)]
struct Book {
    last: AtomicU64,
    spans: Mutex<BTreeMap<u64, String>>,
    inside: Mutex<Vec<u64>>,
    lines: Mutex<Vec<String>>,
}

/// A span's fields, without ids that differ from run to run.
#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            let _ = write!(self.0, " {value:?}");
        } else if field.name() != "run_id" {
            let _ = write!(self.0, " {}={value:?}", field.name());
        }
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "workflow_core" && metadata.is_span() || metadata.target() == "shop"
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let id = self.0.last.fetch_add(1, Ordering::Relaxed) + 1;
        let named = format!("{}{}", attributes.metadata().name(), fields.0);
        self.0
            .spans
            .lock()
            .expect("nobody panics here")
            .insert(id, named);
        Id::from_u64(id)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let spans = self.0.spans.lock().expect("nobody panics here");
        let inside = self.0.inside.lock().expect("nobody panics here");
        let around: Vec<_> = inside.iter().map(|id| spans[id].as_str()).collect();
        let line = format!("{}:{}", around.join(" / "), fields.0);
        self.0.lines.lock().expect("nobody panics here").push(line);
    }

    fn enter(&self, span: &Id) {
        self.0
            .inside
            .lock()
            .expect("nobody panics here")
            .push(span.into_u64());
    }

    fn exit(&self, span: &Id) {
        let mut inside = self.0.inside.lock().expect("nobody panics here");
        let last = inside.iter().rposition(|id| *id == span.into_u64());
        inside.remove(last.expect("it was entered"));
    }
}

fn say(words: &str) {
    let again = if is_replaying() { ", again" } else { "" };
    tracing::info!(target: "shop", "{words}{again}");
}

async fn pack() -> Result<u32> {
    say("packing");
    Ok(1)
}

#[workflow]
async fn ship(tries: u32) -> Result<u32> {
    say("begin");
    let parcel = step!("pack", pack()).await?;
    say("packed");
    sleep!("truck", "1 h").await;
    let retry = Retry::constant("1s").times(tries);
    let sent = step!("send", retry = retry, async {
        say("sending");
        Err::<u32, _>("no truck")
    });
    say(if sent.await.is_err() {
        "given up"
    } else {
        "sent"
    });
    Ok(parcel)
}

/// On one thread: what is entered here is what is around a line.
#[tokio::test]
async fn lines_lie_in_the_spans_of_their_run_and_step_and_a_replay_is_told() {
    let lines = Lines::default();
    // With one subscriber alone, `tracing` asks the thread that comes to a span first whether anybody
    // wants it, and remembers the answer; that may be another test's thread, which has none.
    let _another = tracing::Dispatch::new(Lines::default());
    let _here = tracing::subscriber::set_default(lines.clone());
    let stage = Stage::manual();
    let builder = || stage.builder().workflow(ship);
    let engine = builder().start().await.expect("it starts");
    engine.start(ship, "one", 1).await.expect("it starts");
    stage.wait_for("workflow.paused");
    engine.shutdown(PATIENCE).await;
    stage.clock.advance(Duration::from_secs(3600));
    let engine = builder().start().await.expect("it starts");
    let run = engine.run(ship, "one").await.expect("it is there");
    let scheduled = async {
        let is_scheduled = |event: &RunEvent| matches!(event.event, Event::RetryScheduled(_));
        while !run
            .events()
            .await
            .expect("readable")
            .iter()
            .any(is_scheduled)
        {
            tokio::task::yield_now().await;
        }
    };
    let scheduled = tokio::time::timeout(PATIENCE, scheduled).await;
    scheduled.expect("the first attempt fails");
    stage.clock.advance(Duration::from_secs(1));
    let result = tokio::time::timeout(PATIENCE, run.result()).await;
    assert_eq!(result.expect("it ends"), Ok(1));
    let written = lines.0.lines.lock().expect("nobody panics here").join("\n");
    insta::assert_snapshot!(written, @r#"
    run workflow="ship" execution=1 replay=false: begin
    run workflow="ship" execution=1 replay=false / step step=pack attempt=1 replay=false: packing
    run workflow="ship" execution=1 replay=false: packed
    run workflow="ship" execution=2 replay=true: begin, again
    run workflow="ship" execution=2 replay=true: packed, again
    run workflow="ship" execution=2 replay=true / step step=send attempt=1 replay=false: sending
    run workflow="ship" execution=2 replay=true / step step=send attempt=2 replay=false: sending
    run workflow="ship" execution=2 replay=true: given up
    "#);
}

#[workflow]
async fn collapse(deep: bool) -> Result<()> {
    if deep {
        step!("dig", async {
            assert!(!deep, "the tunnel fell in");
            Ok::<_, Error>(())
        })
        .await?;
    }
    panic!("the roof fell in");
}

#[tokio::test]
async fn a_panic_is_reported_with_its_place() {
    let here = |line: u32| format!("{}:{line}:", file!());
    for (deep, line) in [(true, line!() - 11), (false, line!() - 6)] {
        let stage = Stage::jumping();
        let engine = stage.builder().workflow(collapse).start().await;
        let engine = engine.expect("it starts");
        let run = engine.start(collapse, "one", deep).await;
        let run = run.expect("it starts");
        let result = tokio::time::timeout(PATIENCE, run.result()).await;
        let error = match result.expect("it ends") {
            Err(workflow_core::RunError::Failed(error)) => error,
            other => panic!("{other:?}"),
        };
        let stack = error.stack.expect("it has a place");
        assert!(stack.contains(&here(line)), "{stack} {line}");
    }
}
