use workflow_core::{Result, workflow};

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    std::thread::spawn(move || println!("{order}"));
    Ok(order)
}

fn main() {}
