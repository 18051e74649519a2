use workflow_core::sleep;

async fn settle() {
    sleep!("settle", "1 day").await;
}

fn main() {}
