//! Patterns as parameters.

#![deny(warnings)]

use serde::{Deserialize, Serialize};
use workflow_core::{Result, step, workflow};

use super::work::double;

#[derive(Serialize, Deserialize)]
struct Order {
    id: u64,
    items: Vec<u64>,
}

#[derive(Serialize, Deserialize)]
struct Id(u64);

#[workflow]
async fn mutable(mut n: u64, mut list: Vec<u64>) -> Result<u64> {
    n += 1;
    list.push(n);
    Ok(step!("double", double(list[0])).await?)
}

#[workflow]
async fn destructured(
    (a, mut b): (u64, u64),
    Order { id, items: list }: Order,
    Id(only): Id,
    [first, ..]: [u64; 3],
    _: u64,
    whole @ Id(_): Id,
) -> Result<u64> {
    b += a + id + only + first + whole.0 + list.iter().sum::<u64>();
    Ok(step!("double", double(b)).await?)
}

#[workflow]
async fn raw(r#type: u64) -> Result<u64> {
    Ok(step!("double", double(r#type)).await?)
}

#[workflow]
async fn r#match(n: u64) -> Result<u64> {
    Ok(n)
}

/// Names that generated code uses as well.
#[workflow]
async fn shadowing(token: u64, guard: u64, body: u64, closed: u64, output: u64) -> Result<u64> {
    let workflow_scope = token + guard;
    let value = step!("error", async {
        let (error, value, retry, failure) = (body, closed, output, workflow_scope);
        Ok::<_, String>(error + value + retry + failure)
    })
    .await?;
    Ok(value)
}

#[test]
fn patterns_compile() {
    let inputs = super::spec(destructured).inputs;
    let names: Vec<_> = inputs.iter().map(|input| input.name).collect();
    let expected = [
        "input_1", "input_2", "input_3", "input_4", "input_5", "whole",
    ];
    assert_eq!(names, expected);
    assert_eq!(super::spec(mutable).inputs[0].name, "n");
    assert_eq!(super::spec(raw).inputs[0].name, "type");
    assert_eq!(super::spec(r#match).name, "match");
    assert_eq!(super::names(shadowing), ["error"]);
}
