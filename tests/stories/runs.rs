//! Runs that go well.

use insta::assert_snapshot;
use serde::{Deserialize, Serialize};
use workflow_core::prelude::*;

use super::{run, run_with};

#[workflow]
async fn doubled(input: u64) -> Result<u64> {
    Ok(input * 2)
}

#[tokio::test]
async fn no_steps() {
    let (result, story) = run(doubled, 21).await;
    assert_eq!(result, Ok(42));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 workflow.completed completedSteps=[] durationMs=0
    ");
}

async fn add(a: u64, b: u64) -> Result<u64> {
    Ok(a + b)
}

#[workflow]
async fn one_step(input: u64) -> Result<u64> {
    Ok(step!("add", add(input, 1)).await?)
}

#[tokio::test]
async fn one() {
    let (result, story) = run(one_step, 1).await;
    assert_eq!(result, Ok(2));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started add#1
    3 step.completed add#1 durationMs=0 totalMs=0
    4 workflow.completed completedSteps=[add] durationMs=0
    ");
}

#[workflow]
async fn three_steps() -> Result<u64> {
    let a = step!("a", add(1, 1)).await?;
    let b = step!("b", add(a, 1)).await?;
    Ok(step!("c", add(a, b)).await?)
}

#[tokio::test]
async fn three() {
    let (result, story) = run(three_steps, ()).await;
    assert_eq!(result, Ok(5));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started a#1
    3 step.completed a#1 durationMs=0 totalMs=0
    4 step.started b#1
    5 step.completed b#1 durationMs=0 totalMs=0
    6 step.started c#1
    7 step.completed c#1 durationMs=0 totalMs=0
    8 workflow.completed completedSteps=[a, b, c] durationMs=0
    ");
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Order {
    id: u64,
    items: Vec<String>,
}

struct Shop {
    prefix: &'static str,
}

impl Shop {
    async fn ship(&self, item: &str) -> Result<String> {
        Ok(format!("{}{item}", self.prefix))
    }
}

#[workflow(name = "ship-order")]
async fn ship_order(order: Order, #[resource] shop: &Shop) -> Result<Vec<String>> {
    let mut shipped = Vec::new();
    for item in &order.items {
        shipped.push(step!("ship", key = item, shop.ship(item)).await?);
    }
    Ok(shipped)
}

#[tokio::test]
async fn keys_and_resources() {
    let order = Order {
        id: 7,
        items: vec!["cup".to_owned(), "tea \"x\"".to_owned()],
    };
    let shop = Shop { prefix: "parcel " };
    let (result, story) = run_with(|builder| builder.resource(shop), ship_order, order).await;
    assert_eq!(
        result,
        Ok(vec!["parcel cup".to_owned(), "parcel tea \"x\"".to_owned()])
    );
    assert_snapshot!(story, @r#"
    1 workflow.started
    2 step.started ship[cup]#1
    3 step.completed ship[cup]#1 durationMs=0 totalMs=0
    4 step.started ship[tea "x"]#1
    5 step.completed ship[tea "x"]#1 durationMs=0 totalMs=0
    6 workflow.completed completedSteps=[ship, ship] durationMs=0
    "#);
}

#[workflow]
async fn looped() -> Result<u64> {
    let mut sum = 0;
    while sum < 3 {
        sum = step!("add", add(sum, 1)).await?;
    }
    Ok(sum)
}

#[tokio::test]
async fn repeats_of_a_loop_have_ordinals() {
    let (result, story) = run(looped, ()).await;
    assert_eq!(result, Ok(3));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started add#1
    3 step.completed add#1 durationMs=0 totalMs=0
    4 step.started add:2#1
    5 step.completed add:2#1 durationMs=0 totalMs=0
    6 step.started add:3#1
    7 step.completed add:3#1 durationMs=0 totalMs=0
    8 workflow.completed completedSteps=[add, add, add] durationMs=0
    ");
}

#[workflow]
async fn odd_values() -> Result<(Option<u8>, String)> {
    step!("nothing", async { Ok::<_, Error>(()) }).await?;
    let none = step!("none", async { Ok::<_, Error>(None::<u8>) }).await?;
    let large = step!("large", async { Ok::<_, Error>("x".repeat(2_000_000)) }).await?;
    Ok((none, large.len().to_string()))
}

#[tokio::test]
async fn empty_and_large_values_come_back() {
    let (result, story) = run(odd_values, ()).await;
    assert_eq!(result, Ok((None, "2000000".to_owned())));
    assert_snapshot!(story, @r"
    1 workflow.started
    2 step.started nothing#1
    3 step.completed nothing#1 durationMs=0 totalMs=0
    4 step.started none#1
    5 step.completed none#1 durationMs=0 totalMs=0
    6 step.started large#1
    7 step.completed large#1 durationMs=0 totalMs=0
    8 workflow.completed completedSteps=[nothing, none, large] durationMs=0
    ");
}
