//! Workflows of 0 to 12 inputs.

#![expect(clippy::many_single_char_names, reason = "the number is the point")]

use workflow_core::{Result, workflow};

#[workflow]
async fn none() -> Result<()> {
    Ok(())
}

#[workflow]
async fn one(a: u8) -> Result<u8> {
    Ok(a)
}

#[workflow]
async fn two(a: u8, b: String) -> Result<(u8, String)> {
    Ok((a, b))
}

#[workflow]
async fn three(a: u8, b: u16, c: u32) -> Result<u32> {
    Ok(u32::from(a) + u32::from(b) + c)
}

/// As many inputs as there are names.
macro_rules! sum {
    ($($name:ident($($input:ident),+))+) => {$(
        #[workflow]
        #[expect(clippy::too_many_arguments, reason = "the number is the point")]
        async fn $name($($input: u64),+) -> Result<u64> {
            Ok(0 $(+ $input)+)
        }
    )+};
}

sum! {
    eight(a, b, c, d, e, f, g, h)
    nine(a, b, c, d, e, f, g, h, i)
    ten(a, b, c, d, e, f, g, h, i, j)
    eleven(a, b, c, d, e, f, g, h, i, j, k)
    twelve(a, b, c, d, e, f, g, h, i, j, k, l)
}

#[workflow]
async fn four(a: u8, b: u8, c: u8, d: u8) -> Result<u8> {
    Ok(a + b + c + d)
}

#[workflow]
async fn five(a: u8, b: u8, c: u8, d: u8, e: u8) -> Result<u8> {
    Ok(a + b + c + d + e)
}

#[workflow]
async fn six(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8) -> Result<u8> {
    Ok(a + b + c + d + e + f)
}

#[workflow]
async fn seven(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8) -> Result<u8> {
    Ok(a + b + c + d + e + f + g)
}

#[test]
fn every_number_of_inputs_up_to_twelve() {
    let counts = [
        super::spec(none),
        super::spec(one),
        super::spec(two),
        super::spec(three),
        super::spec(four),
        super::spec(five),
        super::spec(six),
        super::spec(seven),
        super::spec(eight),
        super::spec(nine),
        super::spec(ten),
        super::spec(eleven),
        super::spec(twelve),
    ];
    let counts: Vec<_> = counts.iter().map(|spec| spec.inputs.len()).collect();
    assert_eq!(counts, (0..=12).collect::<Vec<_>>());
}
