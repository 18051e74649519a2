use workflow_core::{Result, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<String> {
    let id = uuid::Uuid::new_v4();
    Ok(format!("{id}-{order}"))
}

fn main() {}
