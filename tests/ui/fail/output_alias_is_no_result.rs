use workflow_core::workflow;

struct Receipt(u64);

#[workflow]
async fn checkout(order: u64) -> Receipt {
    Receipt(order)
}

fn main() {}
