//! Workflows inside functions, modules and impl blocks.

#![deny(warnings)]

use workflow_core::{Call, Result, step, workflow};

use super::work::double;

fn makes_a_call(n: u64) -> impl Call {
    #[workflow]
    async fn local(n: u64) -> Result<u64> {
        Ok(step!("double", double(n)).await?)
    }
    local(n)
}

struct Shop;

impl Shop {
    #[workflow]
    async fn associated(n: u64) -> Result<u64> {
        Ok(step!("double", double(n)).await?)
    }

    fn names() -> Vec<&'static str> {
        #[workflow]
        async fn local(n: u64) -> Result<u64> {
            Ok(step!("in-a-method", double(n)).await?)
        }
        super::names(local)
    }
}

/// A function and a module may have one name.
mod checkout {
    use workflow_core::{Result, step, workflow};

    #[workflow]
    pub(crate) async fn checkout(n: u64) -> Result<u64> {
        Ok(step!("double", crate::work::double(n)).await?)
    }
}

use checkout::checkout;

/// Equal names of steps, and equal names of everything else, do not meet.
#[workflow]
async fn first(n: u64) -> Result<u64> {
    Ok(step!("double", double(n)).await?)
}

#[workflow]
async fn second(n: u64) -> Result<u64> {
    Ok(step!("double", double(n)).await?)
}

#[test]
fn workflows_live_everywhere() {
    drop(makes_a_call(3));
    assert_eq!(super::names(Shop::associated), ["double"]);
    assert_eq!(Shop::names(), ["in-a-method"]);
    let kept = checkout;
    let checkout = super::spec(kept);
    assert_eq!(checkout.name, "checkout");
    assert_eq!(super::names(first), super::names(second));
}
