use workflow_core::wait;

async fn checkout() {
    let () = wait!("approval").await;
}

fn main() {}
