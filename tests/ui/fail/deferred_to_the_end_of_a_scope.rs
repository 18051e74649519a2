use workflow_core::{Result, step, workflow};

/// As in `scopeguard`.
macro_rules! defer {
    ($($body:tt)*) => {
        let _guard = Deferred(|| { $($body)* });
    };
}

struct Deferred<F: FnMut()>(F);

impl<F: FnMut()> Drop for Deferred<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

async fn charge(order: u64) -> Result<u64> {
    Ok(order)
}

#[workflow]
async fn checkout(order: u64) -> Result<u64> {
    defer! {
        println!("{order} is done");
    }
    let payment = step!("charge", charge(order)).await?;
    Ok(payment)
}

fn main() {}
