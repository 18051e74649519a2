//! Control flow around operations.

#![deny(warnings)]
#![expect(
    clippy::many_single_char_names,
    reason = "the names of steps are enough"
)]

use workflow_core::{Error, Result, sleep, step, workflow};

use super::work::double;

#[workflow]
async fn let_else(n: Option<u64>) -> Result<u64> {
    let Some(n) = n else {
        return Ok(step!("default", double(1)).await?);
    };
    let Ok(doubled) = step!("double", double(n)).await else {
        return Err(Error::msg("no double"));
    };
    Ok(doubled)
}

#[workflow]
async fn labeled(n: u64) -> Result<u64> {
    let found = 'outer: loop {
        for i in 0..n {
            if step!("probe", key = i, double(i)).await? > 10 {
                break 'outer i;
            }
            if i % 2 == 0 {
                continue;
            }
            continue 'outer;
        }
        break 0;
    };
    let value = 'block: {
        if found == 0 {
            break 'block step!("zero", double(1)).await?;
        }
        found
    };
    Ok(value)
}

#[workflow]
async fn nested_blocks(n: u64) -> Result<u64> {
    let a = {
        let b = { step!("a", double(n)).await? };
        step!("b", double(b)).await?
    };
    let c = match step!("c", double(a)).await? {
        0 => step!("zero", double(1)).await?,
        n if n > 100 && step!("large", async { Ok::<_, Error>(n > 1000) }).await? => n,
        _ => {
            sleep!("settle", "1 day").await;
            1
        }
    };
    let d = if c > 3 {
        step!("d", double(c)).await?
    } else {
        c
    };
    let mut e = d;
    while e < 100 && step!("again", async { Ok::<_, Error>(e < 50) }).await? {
        e += step!("more", double(e)).await?;
    }
    Ok(e)
}

#[workflow]
async fn returns_early(n: u64) -> Result<u64> {
    if n == 0 {
        return Err(Error::msg("nothing to do"));
    }
    assert!(n < 1000, "a panic is an outcome like any other");
    Ok(step!("double", double(n)).await?)
}

#[test]
fn control_flow_compiles() {
    assert_eq!(super::names(let_else), ["default", "double"]);
    assert_eq!(super::names(labeled), ["probe", "zero"]);
    assert_eq!(super::names(nested_blocks).len(), 9);
    assert_eq!(super::names(returns_early), ["double"]);
}
