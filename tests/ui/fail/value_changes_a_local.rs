use workflow_core::{Result, value, workflow};

fn next(seed: &mut u64) -> u64 {
    *seed += 1;
    *seed
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let mut seed = order;
    let number = value!("number", next(&mut seed)).await;
    Ok(number + seed)
}

fn main() {}
