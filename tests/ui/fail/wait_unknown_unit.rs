use workflow_core::{Result, wait, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    let () = wait!("approval", timeout = "3 moons").await?;
    Ok(order)
}

fn main() {}
