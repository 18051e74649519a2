//! Operations inside other macros, and workflows made by macros.

#![deny(warnings)]

use workflow_core::{Result, step, workflow};

use super::work::{double, length};

#[workflow]
async fn inside_macros(n: u64) -> Result<u64> {
    let list = [n].map(|n| n + 1);
    let sum: u64 = vec![
        step!("a", double(n)).await?,
        step!("b", double(list[0])).await?,
    ]
    .into_iter()
    .sum();
    let text = format!("{} {sum}", step!("c", double(n)).await?);
    println!("{text}");
    assert_eq!(step!("d", length(&text)).await?, text.len());
    assert!(
        matches!(step!("e", double(n)).await, Ok(n) if n > 0),
        "{text}"
    );
    let value = serde_json::json!({
        "f": step!("f", double(n)).await?,
        "list": [step!("g", double(n)).await?, { "h": step!("h", double(n)).await? }],
    });
    dbg!(value);
    Ok(sum)
}

/// Makes a workflow.
macro_rules! doubling {
    ($name:ident, $step:literal) => {
        #[workflow]
        async fn $name(n: u64) -> Result<u64> {
            Ok(step!($step, double(n)).await?)
        }
    };
}

doubling!(made, "made");

/// Gives a step's body.
macro_rules! doubled {
    ($n:expr) => {
        double($n)
    };
}

#[workflow]
async fn body_from_a_macro(n: u64) -> Result<u64> {
    Ok(step!("double", doubled!(n)).await?)
}

#[workflow]
async fn by_path(n: u64) -> Result<u64> {
    workflow_core::sleep!("settle", "1s").await;
    Ok(workflow_core::step!("double", double(n)).await?)
}

#[test]
fn operations_are_found_inside_macros() {
    let expected = ["a", "b", "c", "d", "e", "f", "g", "h"];
    assert_eq!(super::names(inside_macros), expected);
    assert_eq!(super::names(made), ["made"]);
    assert_eq!(super::names(body_from_a_macro), ["double"]);
    assert_eq!(super::names(by_path), ["settle", "double"]);
}
