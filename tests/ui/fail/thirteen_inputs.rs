use workflow_core::{Result, workflow};

#[workflow]
async fn checkout(
    a: u64,
    b: u64,
    c: u64,
    d: u64,
    e: u64,
    f: u64,
    g: u64,
    h: u64,
    i: u64,
    j: u64,
    k: u64,
    l: u64,
    m: u64,
) -> Result<u64> {
    Ok(a + m)
}

fn main() {}
