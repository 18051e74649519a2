use workflow_core::workflow;

#[workflow]
async fn checkout(order: u64) -> u64 {
    order
}

fn main() {}
