//! What the manifest says.

#![deny(warnings)]

use workflow_core::{Nesting, OperationKind, Result, Retry, sleep, step, workflow};

use super::work::double;

#[workflow(name = "shop.checkout", version = 7, capture = "full")]
async fn checkout(items: Vec<u64>, (a, b): (u64, u64)) -> Result<u64> {
    let mut sum = step!(
        "sum",
        timeout = "30s",
        retry = Retry::exponential("1s"),
        double(a)
    )
    .await?;
    for item in &items {
        if *item > b {
            sum += step!("ship", key = item, double(*item)).await?;
        }
    }
    while sum > 3 {
        sleep!("settle", "1 day").await;
        #[cfg(any())]
        step!("left-out", nowhere()).await?;
        #[cfg(not(any()))]
        step!("kept", double(1)).await?;
        sum -= 1;
    }
    Ok(sum)
}

/// The line of `checkout`.
const LINE: u32 = 10;

#[test]
fn the_manifest_says_what_is_written() {
    let spec = super::spec(checkout);
    assert_eq!(
        (spec.name, spec.version, spec.capture_full),
        ("shop.checkout", Some(7), true)
    );
    assert!(spec.file.ends_with("manifest.rs"), "{}", spec.file);
    assert_eq!(spec.line, LINE);
    let inputs: Vec<_> = spec
        .inputs
        .iter()
        .map(|input| (input.name, input.type_name))
        .collect();
    assert_eq!(inputs, [("items", "Vec<u64>"), ("input_2", "(u64, u64)")]);
    let [sum, ship, settle, kept] = spec.operations else {
        panic!("{:#?}", spec.operations)
    };
    assert_eq!(
        (sum.kind, sum.name, sum.line),
        (OperationKind::Step, "sum", LINE + 1)
    );
    let options = [
        ("timeout", "\"30s\""),
        ("retry", "Retry::exponential(\"1s\")"),
    ];
    assert_eq!(sum.options, options);
    assert_eq!((ship.name, ship.keyed), ("ship", true));
    assert_eq!(ship.nesting, [Nesting::For, Nesting::Branch]);
    assert_eq!((settle.kind, settle.name), (OperationKind::Sleep, "settle"));
    assert_eq!(settle.nesting, [Nesting::Loop]);
    assert_eq!((kept.name, kept.line), ("kept", LINE + 18));
}
