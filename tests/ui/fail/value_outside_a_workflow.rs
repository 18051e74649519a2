use std::time::SystemTime;

use workflow_core::value;

async fn now() -> SystemTime {
    value!("now", SystemTime::now()).await
}

fn main() {}
