use workflow_core::{Result, workflow};

#[workflow]
async fn checkout<'a>(order: &'a str) -> Result<usize> {
    Ok(order.len())
}

fn main() {}
