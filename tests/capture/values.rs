//! Which values events show, to whom, and in what form.

use std::sync::atomic::{AtomicUsize, Ordering};

use insta::assert_snapshot;
use serde::{Deserialize, Serialize, Serializer};
use workflow_core::prelude::*;
use workflow_core::{EngineBuilder, IntoCall, Redaction};
use workflow_tests::endpoint::Endpoint;
use workflow_tests::story::{PATIENCE, Stage};

use super::{tracker, values};

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Order {
    item: String,
    price: f64,
    card: Sensitive<String>,
    #[serde(rename = "shopPassword")]
    shop: String,
}

fn lamp() -> Order {
    Order {
        item: "lamp".to_owned(),
        price: 1.50,
        card: Sensitive::new("4242".to_owned()),
        shop: "hunter2".to_owned(),
    }
}

async fn charge(order: &Order) -> Result<Order> {
    assert_eq!(order.card.expose(), "4242");
    assert_eq!(order.shop, "hunter2");
    Ok(order.clone())
}

#[workflow]
async fn quiet(order: Order) -> Result<String> {
    let charged = step!("charge", charge(&order)).await?;
    Ok(format!("{} for password={}", charged.item, charged.shop))
}

#[workflow(capture = "full")]
async fn open(order: Order) -> Result<String> {
    let charged = step!("charge", charge(&order)).await?;
    Ok(format!("{} for password={}", charged.item, charged.shop))
}

/// Runs a workflow with a tracker for all values beside an ordinary one; what each was shown.
async fn shown<F, M>(
    configure: impl FnOnce(EngineBuilder) -> EngineBuilder,
    workflow: F,
    input: F::In,
) -> (String, String)
where
    F: IntoCall<M> + Copy,
    F::Value: serde::de::DeserializeOwned + Send + 'static,
{
    let (stage, curious) = (Stage::jumping(), Endpoint::start());
    let builder = stage.builder().workflow(workflow);
    let builder = builder.tracker(tracker(&curious, "curious", Capture::Full));
    let engine = configure(builder).start().await.expect("it starts");
    let run = engine.start(workflow, "one", input).await;
    let run = run.expect("the run starts");
    let result = tokio::time::timeout(PATIENCE, run.result()).await;
    result.expect("the run ends").expect("it completes");
    stage.told(engine).await;
    (values(&stage.endpoint), values(&curious))
}

#[tokio::test]
async fn a_tracker_is_shown_values_where_it_asks_for_them() {
    let (ordinary, curious) = shown(|builder| builder, quiet, lamp()).await;
    assert_eq!(ordinary, "");
    assert_snapshot!(curious, @r#"
    workflow.started: input=[{"card":"[redacted]","item":"lamp","price":1.5,"shopPassword":"[redacted]"}]
    step.completed: output={"card":"[redacted]","item":"lamp","price":1.5,"shopPassword":"[redacted]"}
    workflow.completed: output="lamp for password=[redacted]"
    "#);
}

#[tokio::test]
async fn every_tracker_is_shown_the_values_of_a_workflow_that_asks_for_it() {
    let (ordinary, curious) = shown(|builder| builder, open, lamp()).await;
    assert_eq!(ordinary, curious);
    assert!(ordinary.contains(r#""item":"lamp""#), "{ordinary}");
}

#[workflow(capture = "full")]
async fn later(order: Order) -> Result<()> {
    step!("charge", charge(&order)).await?;
    Ok(())
}

#[tokio::test]
async fn a_queued_run_shows_its_input_when_it_is_queued_and_when_it_starts() {
    let stage = Stage::jumping();
    let builder = stage.builder().workflow(later);
    let engine = builder.start().await.expect("it starts");
    let run = engine.start(later, "one", lamp()).after("1h").await;
    run.expect("it is queued").result().await.expect("it ends");
    stage.told(engine).await;
    // `()` is `null`, which is left out.
    assert_snapshot!(values(&stage.endpoint), @r#"
    workflow.queued: input=[{"card":"[redacted]","item":"lamp","price":1.5,"shopPassword":"[redacted]"}]
    workflow.started: input=[{"card":"[redacted]","item":"lamp","price":1.5,"shopPassword":"[redacted]"}]
    step.completed: output={"card":"[redacted]","item":"lamp","price":1.5,"shopPassword":"[redacted]"}
    "#);
}

async fn repeated(text: &str, times: usize) -> Result<String> {
    Ok(text.repeat(times))
}

#[workflow(capture = "full")]
async fn large(times: usize) -> Result<usize> {
    let all = step!("repeat", repeated("é", times)).await?;
    Ok(all.len())
}

#[tokio::test]
async fn a_value_over_the_limit_is_left_out_whole() {
    let (default, _) = shown(|builder| builder, large, 40_000).await;
    assert_snapshot!(default, @r#"
    workflow.started: input=[40000]
    step.completed: output={"$truncated":true,"bytes":80002}
    workflow.completed: output=80000
    "#);
    let rules = Redaction::default().bytes_max(100).preview_bytes(6);
    let (small, _) = shown(|builder| builder.redaction(rules), large, 50).await;
    assert_snapshot!(small, @r#"
    workflow.started: input=[50]
    step.completed: output={"$truncated":true,"bytes":102,"preview":"\"éé"}
    workflow.completed: output=100
    "#);
}

#[tokio::test]
async fn the_list_of_denied_names_is_the_users_to_change() {
    let rules = Redaction::default().deny("item").allow("shop_password");
    let (shown, _) = shown(|builder| builder.redaction(rules), open, lamp()).await;
    assert!(shown.contains(r#""item":"[redacted]""#), "{shown}");
    assert!(shown.contains(r#""shopPassword":"hunter2""#), "{shown}");
}

/// How often it was encoded: for the journal, and for events.
static ENCODED: AtomicUsize = AtomicUsize::new(0);

#[derive(Clone, Debug, Deserialize)]
struct Counted(u8);

impl Serialize for Counted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ENCODED.fetch_add(1, Ordering::Relaxed);
        serializer.serialize_u8(self.0)
    }
}

async fn counted() -> Result<Counted> {
    Ok(Counted(7))
}

#[workflow]
async fn counting() -> Result<u8> {
    Ok(step!("count", counted()).await?.0)
}

#[tokio::test]
async fn where_nobody_asks_nothing_is_encoded_for_events() {
    let run = async |capture| {
        let (stage, endpoint) = (Stage::jumping(), Endpoint::start());
        let tracker = tracker(&endpoint, "other", capture);
        let builder = stage.builder().tracker(tracker).workflow(counting);
        let engine = builder.start().await.expect("it starts");
        ENCODED.store(0, Ordering::Relaxed);
        let run = engine.start(counting, "one", ()).await.expect("it starts");
        assert_eq!(run.result().await, Ok(7));
        stage.told(engine).await;
        (ENCODED.load(Ordering::Relaxed), values(&endpoint))
    };
    assert_eq!(run(Capture::WhereAsked).await, (1, String::new()));
    let (encoded, shown) = run(Capture::Full).await;
    assert_eq!(encoded, 2);
    assert!(shown.contains("step.completed: output=7"), "{shown}");
}

/// A value whose hidden form is none: a string has no fields to flatten.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Flat {
    #[serde(flatten)]
    inner: Sensitive<Inner>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Inner {
    token: String,
}

/// A value that panics when it is encoded for the second time.
#[derive(Clone, Debug, Deserialize)]
struct Fragile(u8);

static FRAGILE: AtomicUsize = AtomicUsize::new(0);

impl Serialize for Fragile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let before = FRAGILE.fetch_add(1, Ordering::Relaxed);
        assert_eq!(before, 0, "broken by token={}", self.0);
        serializer.serialize_u8(self.0)
    }
}

async fn flat() -> Result<Flat> {
    let token = "s3cret".to_owned();
    Ok(Flat {
        inner: Sensitive::new(Inner { token }),
    })
}

async fn fragile() -> Result<Fragile> {
    Ok(Fragile(42))
}

#[workflow(capture = "full")]
async fn awkward() -> Result<u8> {
    let flat = step!("flat", flat()).await?;
    assert_eq!(flat.inner.expose().token, "s3cret");
    Ok(step!("fragile", fragile()).await?.0)
}

#[tokio::test]
async fn what_cannot_be_shown_says_why_and_the_run_goes_on() {
    let (shown, _) = shown(|builder| builder, awkward, ()).await;
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(lines.len(), 4, "{shown}");
    assert!(
        lines[1].contains(r#"output={"$unserializable":"can only flatten"#),
        "{shown}"
    );
    assert!(
        lines[2].contains(r#"output={"$unserializable":"encoding it panicked"#),
        "{shown}"
    );
    assert!(lines[2].contains("token=[redacted]"), "{shown}");
    assert_eq!(lines[3], "workflow.completed: output=42");
}
