use workflow_core::{Result, workflow};

#[workflow]
async fn checkout(name: Option<&str>) -> Result<bool> {
    Ok(name.is_some())
}

fn main() {}
