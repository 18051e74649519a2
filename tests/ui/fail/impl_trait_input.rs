use workflow_core::{Result, workflow};

#[workflow]
async fn checkout(name: impl Into<String>) -> Result<String> {
    Ok(name.into())
}

fn main() {}
