use workflow_core::{Result, workflow};

#[workflow]
async fn checkout(name: &str) -> Result<usize> {
    Ok(name.len())
}

fn main() {}
