use std::collections::HashMap;

use workflow_core::{Result, step, workflow};

async fn ship(item: &str) -> Result<()> {
    println!("{item}");
    Ok(())
}

#[workflow]
async fn checkout(items: Vec<String>) -> Result<usize> {
    let mut amounts = HashMap::new();
    for item in &items {
        *amounts.entry(item).or_insert(0) += 1;
    }
    for (item, _amount) in &amounts {
        step!("ship", key = item, ship(item)).await?;
    }
    Ok(amounts.len())
}

fn main() {}
