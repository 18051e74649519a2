use workflow_core::workflow;

#[workflow]
struct Checkout;

fn main() {}
